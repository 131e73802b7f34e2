# The dashboard behind an HTTP API. Nothing is open: callers sign with IAM credentials, or bring a token.

locals {
  has_jwt = var.jwt_issuer != ""
}

resource "aws_apigatewayv2_api" "dashboard" {
  name          = var.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "dashboard" {
  api_id                 = aws_apigatewayv2_api.dashboard.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.function["dashboard-api"].invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  count = local.has_jwt ? 1 : 0

  api_id           = aws_apigatewayv2_api.dashboard.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.jwt_issuer
    audience = var.jwt_audience
  }

  lifecycle {
    precondition {
      condition     = length(var.jwt_audience) > 0
      error_message = "With jwt_issuer, jwt_audience has to name who the tokens are for."
    }
  }
}

resource "aws_apigatewayv2_route" "dashboard" {
  api_id             = aws_apigatewayv2_api.dashboard.id
  route_key          = "$default"
  target             = "integrations/${aws_apigatewayv2_integration.dashboard.id}"
  authorization_type = local.has_jwt ? "JWT" : "AWS_IAM"
  authorizer_id      = local.has_jwt ? aws_apigatewayv2_authorizer.jwt[0].id : null
}

resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs with its own key; a key of KMS costs more a month than all the rest
  #checkov:skip=CKV_AWS_338:access logs are for finding faults
  name              = "/aws/vendedlogs/${var.name}-access"
  retention_in_days = var.log_retention_days
}

resource "aws_apigatewayv2_stage" "dashboard" {
  api_id      = aws_apigatewayv2_api.dashboard.id
  name        = "$default"
  auto_deploy = true

  # A page asks nine things twice a minute.
  default_route_settings {
    throttling_rate_limit  = 20
    throttling_burst_limit = 60
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId        = "$context.requestId"
      time             = "$context.requestTime"
      ip               = "$context.identity.sourceIp"
      caller           = "$context.identity.userArn"
      method           = "$context.httpMethod"
      path             = "$context.path"
      status           = "$context.status"
      latency          = "$context.responseLatency"
      error            = "$context.error.message"
      integrationError = "$context.integrationErrorMessage"
    })
  }
}

resource "aws_lambda_permission" "dashboard" {
  statement_id  = "HttpApi"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["dashboard-api"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.dashboard.execution_arn}/*/$default"
}
