locals {
  functions = {
    collector     = { package = "collector", memory = 128, timeout = 240 }
    scaler        = { package = "scaler", memory = 256, timeout = 240 }
    trainer       = { package = "trainer-function", memory = var.trainer_memory, timeout = 900 }
    dashboard-api = { package = "dashboard-api", memory = 256, timeout = 29 }
  }
  zip = { for name, function in local.functions : name => "${var.packages}/${function.package}/bootstrap.zip" }

  # How the dashboard knows its callers. `gateway`: whoever gets as far as the function was let in by IAM. `provider`: it checks each token
  # again, and decides by its role.
  access = merge(
    { HEADROOM_ACCESS = local.has_jwt ? "provider" : "gateway" },
    !local.has_jwt ? {} : {
      HEADROOM_ISSUER      = var.jwt_issuer
      HEADROOM_AUDIENCE    = var.jwt_audience
      HEADROOM_ROLES_CLAIM = var.jwt_roles_claim
    },
    local.has_jwt && var.jwt_client_id != "" ? { HEADROOM_CLIENT_ID = var.jwt_client_id } : {},
    local.has_jwt && var.jwt_client_id != "" && var.jwt_scope != "" ? { HEADROOM_SCOPE = var.jwt_scope } : {},
    local.has_jwt && var.jwt_client_id != "" && length(var.jwt_sites) > 0 ? { HEADROOM_SIGN_IN_SITES = join(",", var.jwt_sites) } : {},
    length(var.cors_origins) > 0 ? { HEADROOM_CORS_ORIGINS = join(",", var.cors_origins) } : {},
  )

  # Of what runs on a schedule: seconds after which an event is of no use any more, because the next one does what it would have done.
  event_age = { collector = 240, scaler = 240, trainer = 3600 }
}

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:CloudWatch encrypts logs with its own key; a key of KMS costs more a month than all the rest
  #checkov:skip=CKV_AWS_338:decisions are kept in the bucket for decision_days; logs are for finding faults
  for_each = local.functions

  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "function" {
  #checkov:skip=CKV_AWS_50:durations are in the logs; traces would cost and take one more right
  #checkov:skip=CKV_AWS_115:overlapping runs are safe by compare-and-swap, and a reservation fails in accounts with a small limit
  #checkov:skip=CKV_AWS_116:what failed goes to the queue, by the event invoke configuration
  #checkov:skip=CKV_AWS_117:they call AWS only; in a VPC that would take endpoints or a NAT, which cost more than all the rest
  #checkov:skip=CKV_AWS_173:the environment holds no secret; Lambda encrypts it with its own key
  #checkov:skip=CKV_AWS_272:the zip files are built where they are deployed from
  for_each = local.functions

  function_name    = "${var.name}-${each.key}"
  role             = aws_iam_role.function[each.key].arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  memory_size      = each.value.memory
  timeout          = each.value.timeout
  filename         = local.zip[each.key]
  source_code_hash = filebase64sha256(local.zip[each.key])

  environment {
    variables = merge({ HEADROOM_STORE = "s3://${aws_s3_bucket.store.id}" }, each.key == "dashboard-api" ? local.access : {})
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.function[each.key].name
    application_log_level = var.log_level
    system_log_level      = "INFO"
  }

  depends_on = [aws_iam_role_policy.function]
}

# What failed, after its retry.
resource "aws_sqs_queue" "failures" {
  name                      = "${var.name}-failures"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

# A rule has no role to send by, as schedules have.
data "aws_iam_policy_document" "failures" {
  statement {
    sid       = "TrainingAsked"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.training_asked.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "failures" {
  queue_url = aws_sqs_queue.failures.id
  policy    = data.aws_iam_policy_document.failures.json
}

resource "aws_lambda_function_event_invoke_config" "function" {
  for_each = local.event_age

  function_name                = aws_lambda_function.function[each.key].function_name
  maximum_event_age_in_seconds = each.value
  maximum_retry_attempts       = 1

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failures.arn
    }
  }
}
