output "store_url" {
  description = "For `--store` of every command."
  value       = "s3://${aws_s3_bucket.store.id}"
}

output "api_url" {
  description = "The dashboard."
  value       = aws_apigatewayv2_api.dashboard.api_endpoint
}

output "policy_arns" {
  description = "For viewers, operators and admins of the API, and for whoever runs the commands; attach each to their role or group."
  value       = merge({ for role, policy in aws_iam_policy.people : role => policy.arn }, { commands = aws_iam_policy.commands.arn })
}

output "failures_url" {
  description = "The queue of what failed."
  value       = aws_sqs_queue.failures.url
}

output "function_names" {
  description = "Name of each function in Lambda."
  value       = { for name, function in aws_lambda_function.function : name => function.function_name }
}
