resource "aws_scheduler_schedule_group" "headroom" {
  name = var.name
}

data "aws_iam_policy_document" "by_scheduler" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [aws_scheduler_schedule_group.headroom.arn]
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "Invoke"
    actions   = ["lambda:InvokeFunction"]
    resources = [for name, _ in local.event_age : aws_lambda_function.function[name].arn]
  }

  statement {
    sid       = "SendFailures"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]
  }
}

resource "aws_iam_role" "schedule" {
  name               = "${var.name}-schedule"
  assume_role_policy = data.aws_iam_policy_document.by_scheduler.json
}

resource "aws_iam_role_policy" "schedule" {
  name   = "invoke"
  role   = aws_iam_role.schedule.id
  policy = data.aws_iam_policy_document.schedule.json
}

resource "aws_scheduler_schedule" "function" {
  #checkov:skip=CKV_AWS_297:the event is `{}`; a key of KMS would guard nothing
  for_each = local.event_age

  name                = "${var.name}-${each.key}"
  group_name          = aws_scheduler_schedule_group.headroom.name
  schedule_expression = var.schedules[each.key]
  state               = var.schedules_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.function[each.key].arn
    role_arn = aws_iam_role.schedule.arn
    input    = "{}"

    retry_policy {
      maximum_retry_attempts       = 1
      maximum_event_age_in_seconds = each.value
    }

    dead_letter_config {
      arn = aws_sqs_queue.failures.arn
    }
  }
}
