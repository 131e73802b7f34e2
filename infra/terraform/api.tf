# The dashboard behind an HTTP API. Nothing is open: callers sign with IAM credentials, or bring a token.

locals {
  has_jwt = var.jwt_issuer != ""

  # With tokens: what tells nothing of anyone's groups is open, because a browser has no token before its page has come, and sends none with
  # the files of a page. With IAM, all of it takes a signature. A route names its method, so that none of the open ones is nearer to a path
  # under /api than the closed one.
  routes = merge(
    {
      for path in ["/", "/{proxy+}", "/api/health", "/api/auth", "/api/openapi.json", "/api/docs"] :
      "GET ${path}" => local.has_jwt ? "NONE" : "AWS_IAM"
    },
    { for method in ["GET", "PUT", "POST", "DELETE"] : "${method} /api/{proxy+}" => local.has_jwt ? "JWT" : "AWS_IAM" },
  )
}

resource "aws_apigatewayv2_api" "dashboard" {
  name          = var.name
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length(var.cors_origins) > 0 ? [var.cors_origins] : []

    content {
      allow_origins  = cors_configuration.value
      allow_methods  = ["GET", "PUT", "POST", "DELETE"]
      allow_headers  = ["authorization", "content-type", "if-match", "if-none-match", "x-amz-date", "x-amz-security-token"]
      expose_headers = ["etag", "retry-after", "www-authenticate"]
      max_age        = 600
    }
  }
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
    audience = [var.jwt_audience]
  }

  lifecycle {
    precondition {
      condition     = var.jwt_audience != ""
      error_message = "With jwt_issuer, jwt_audience has to name who the tokens are for."
    }
  }
}

resource "aws_apigatewayv2_route" "dashboard" {
  #checkov:skip=CKV_AWS_309:each has one, by local.routes
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.dashboard.id
  route_key          = each.key
  target             = "integrations/${aws_apigatewayv2_integration.dashboard.id}"
  authorization_type = each.value
  authorizer_id      = each.value == "JWT" ? aws_apigatewayv2_authorizer.jwt[0].id : null
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

  default_route_settings {
    throttling_rate_limit  = var.throttle_rate
    throttling_burst_limit = var.throttle_burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId        = "$context.requestId"
      time             = "$context.requestTime"
      ip               = "$context.identity.sourceIp"
      caller           = "$context.identity.userArn"
      subject          = "$context.authorizer.claims.sub"
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
  source_arn    = "${aws_apigatewayv2_api.dashboard.execution_arn}/*/*"
}
