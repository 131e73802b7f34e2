output "store_url" {
  description = "For `--store` of every command."
  value       = "s3://${aws_s3_bucket.store.id}"
}

output "api_url" {
  description = "The dashboard."
  value       = aws_apigatewayv2_api.dashboard.api_endpoint
}

output "failures_url" {
  description = "The queue of what failed."
  value       = aws_sqs_queue.failures.url
}

output "function_names" {
  description = "Name of each function in Lambda."
  value       = { for name, function in aws_lambda_function.function : name => function.function_name }
}
