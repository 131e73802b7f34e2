# What people may, in policies that are attached to nobody. Of the first three, which are about the API, each has what the one before it has;
# where tokens open the API they are of no use, and the role in the token decides.

locals {
  # By name, so that the audit is not among them; and with the stage, because `*` would take a method for a part of the path.
  calls = "${aws_apigatewayv2_api.dashboard.execution_arn}/$default"
  looks = concat(
    [for path in ["", "index.html", "icon.svg", "assets/*", "groups", "groups/*", "calendar"] : "GET/${path}"],
    [
      for path in [
        "health", "auth", "openapi.json", "docs", "session", "groups", "groups/*", "calendar",
        "metrics", "predictions", "resources", "resources/*", "dashboard/*",
      ] : "GET/api/${path}"
    ],
  )
  orders = concat(
    [for path in ["groups/*/mode", "groups/*/stop", "stop", "calendar", "groups/*/calendar"] : "PUT/api/${path}"],
    [for path in ["groups/*/mode", "groups/*/stop", "stop", "resources/allocate"] : "DELETE/api/${path}"],
    [for path in ["groups/*/approval", "resources/allocate"] : "POST/api/${path}"],
  )

  people = {
    viewer = {
      says  = "Look at Headroom's dashboard, and read its API without the audit."
      calls = local.looks
    }
    operator = {
      says  = "What viewers may; and stop and resume, approve, change modes and the calendar, ask for capacity."
      calls = concat(local.looks, local.orders)
    }
    admin = {
      says  = "All of Headroom's API, which are also the audit, handing in metrics, and asking for a training."
      calls = ["*"]
    }
  }
}

data "aws_iam_policy_document" "people" {
  for_each = local.people

  statement {
    sid       = "UseApi"
    actions   = ["execute-api:Invoke"]
    resources = [for call in each.value.calls : "${local.calls}/${call}"]
  }
}

resource "aws_iam_policy" "people" {
  for_each = local.people

  name        = "${var.name}-${each.key}"
  description = each.value.says
  policy      = data.aws_iam_policy_document.people[each.key].json
}

# The commands `headroom` and `trainer` work on the store, beneath the API and its roles: whoever may run them can do there what an admin can.
data "aws_iam_policy_document" "commands" {
  #checkov:skip=CKV_AWS_356:CloudWatch, Auto Scaling and Scheduler know no rights to look at single resources
  statement {
    sid       = "ReadStore"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.store.arn}/*"]
  }

  statement {
    sid       = "ListStore"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.store.arn]
  }

  # The fleet and the calendar, the kill switch and approvals with their records, imported history, models, backtests.
  statement {
    sid     = "WriteStore"
    actions = ["s3:PutObject"]
    resources = [
      for prefix in ["config", "control", "audit", "history", "history-hourly", "models", "backtests"] :
      "${aws_s3_bucket.store.arn}/${prefix}/*"
    ]
  }

  statement {
    sid = "LookAround"
    actions = [
      "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "scheduler:ListSchedules",
      "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribePolicies", "autoscaling:DescribeScheduledActions",
    ]
    resources = ["*"]
  }

  # AWS asks for this right on all alarms of the account, whichever are named.
  statement {
    sid       = "LookAtAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["arn:${data.aws_partition.current.partition}:cloudwatch:*:${data.aws_caller_identity.current.account_id}:alarm:*"]
  }

  # Free of charge, and what `headroom doctor --cure` switches on; it changes nothing else of a group.
  statement {
    sid       = "SwitchOnGroupMetrics"
    actions   = ["autoscaling:EnableMetricsCollection"]
    resources = ["arn:${data.aws_partition.current.partition}:autoscaling:*:${data.aws_caller_identity.current.account_id}:autoScalingGroup:*"]
  }

  # Auto Scaling has no dry run: what the scaler may do is asked of IAM.
  statement {
    sid       = "AskWhatTheScalerMay"
    actions   = ["iam:SimulatePrincipalPolicy"]
    resources = [aws_iam_role.function["scaler"].arn]
  }

  statement {
    sid       = "RunByHand"
    actions   = ["lambda:InvokeFunction"]
    resources = [for name, _ in local.event_age : aws_lambda_function.function[name].arn]
  }

  statement {
    sid       = "LookAtFailures"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.failures.arn]
  }

  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:StartQuery"]
    resources = concat([for group in aws_cloudwatch_log_group.function : "${group.arn}:*"], ["${aws_cloudwatch_log_group.access.arn}:*"])
  }
}

resource "aws_iam_policy" "commands" {
  name        = "${var.name}-commands"
  description = "The commands headroom and trainer; logs and failures."
  policy      = data.aws_iam_policy_document.commands.json
}
