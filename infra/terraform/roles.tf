# One role per function, with what its code reads and writes and nothing else.

locals {
  everything = ["config", "control", "history", "models", "state", "forecasts", "decisions", "anomalies"]
  rights = {
    collector = {
      reads  = ["config", "history"]
      writes = ["history"]
      looks  = ["cloudwatch:GetMetricData"]
    }
    scaler = {
      reads  = local.everything
      writes = ["state", "forecasts", "decisions", "anomalies"]
      looks  = ["autoscaling:DescribeAutoScalingGroups"]
    }
    trainer = {
      reads  = ["config", "history", "history-hourly", "models", "requests/train"]
      writes = ["models", "requests/train"]
      looks  = []
    }
    # It writes orders, which the next tick or training takes in: `control/` is read by the scaler, whose role bounds what comes of them. Of
    # the configuration the calendar only; rows of history that an admin hands in; and a record of each write. It may change no group.
    dashboard-api = {
      reads  = concat(local.everything, ["backtests", "requests/train", "audit"])
      writes = ["control", "history", "requests/train", "audit"]
      looks  = []
    }
  }
}

data "aws_iam_policy_document" "by_lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "function" {
  #checkov:skip=CKV_AWS_356:CloudWatch and Auto Scaling know no rights to read single metrics or groups
  for_each = local.rights

  statement {
    sid       = "ReadStore"
    actions   = ["s3:GetObject"]
    resources = [for prefix in each.value.reads : "${aws_s3_bucket.store.arn}/${prefix}/*"]
  }

  # What is not there is told from what is forbidden by the right to list: without it, S3 answers 403 for both. That question names no
  # prefix, hence IfExists.
  statement {
    sid       = "ListStore"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.store.arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = [for prefix in each.value.reads : "${prefix}/*"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.writes) > 0 ? [each.value.writes] : []

    content {
      sid       = "WriteStore"
      actions   = ["s3:PutObject"]
      resources = [for prefix in statement.value : "${aws_s3_bucket.store.arn}/${prefix}/*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "dashboard-api" ? [1] : []

    content {
      sid       = "WriteCalendar"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.store.arn}/config/business_calendar.json"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.looks) > 0 ? [each.value.looks] : []

    content {
      sid       = "Look"
      actions   = statement.value
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "scaler" && length(var.writable_groups) > 0 ? [var.writable_groups] : []

    content {
      sid       = "SetDesired"
      actions   = ["autoscaling:SetDesiredCapacity"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = each.key == "scaler" && length(var.floor_groups) > 0 ? [var.floor_groups] : []

    content {
      sid       = "SetMinimum"
      actions   = ["autoscaling:UpdateAutoScalingGroup"]
      resources = statement.value

      # The same call could change what is launched: one that names a launch configuration is not allowed.
      condition {
        test     = "Null"
        variable = "autoscaling:LaunchConfigurationName"
        values   = ["true"]
      }
    }
  }

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }

  statement {
    sid       = "SendFailures"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.failures.arn]
  }
}

resource "aws_iam_role" "function" {
  for_each = local.rights

  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.by_lambda.json
}

resource "aws_iam_role_policy" "function" {
  for_each = local.rights

  name   = each.key
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}
