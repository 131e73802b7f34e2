locals {
  actions = var.alarm_topic_arn == "" ? [] : [var.alarm_topic_arn]

  # `share`: so many periods of five minutes, out of the last so many.
  alarms = {
    collector-missed = {
      says   = "The collector has not run for 15 minutes. Is its schedule enabled?"
      metric = "AWS/Lambda Invocations", of = "collector", statistic = "Sum", below = 1, share = [3, 3]
    }
    scaler-missed = {
      says   = "The scaler has not run for 15 minutes. Is its schedule enabled?"
      metric = "AWS/Lambda Invocations", of = "scaler", statistic = "Sum", below = 1, share = [3, 3]
    }
    collector-errors = {
      says   = "Two of the last three runs of the collector failed. What failed is in its log."
      metric = "AWS/Lambda Errors", of = "collector", statistic = "Sum", below = null, share = [2, 3]
    }
    scaler-errors = {
      says   = "Two of the last three runs of the scaler failed. What failed is in its log."
      metric = "AWS/Lambda Errors", of = "scaler", statistic = "Sum", below = null, share = [2, 3]
    }
    trainer-errors = {
      says   = "Training failed. The last good model serves meanwhile. What failed is in the trainer's log."
      metric = "AWS/Lambda Errors", of = "trainer", statistic = "Sum", below = null, share = [1, 1]
    }
    throttled = {
      says   = "Lambda turned runs of the scaler away. Is the account's concurrency used up?"
      metric = "AWS/Lambda Throttles", of = "scaler", statistic = "Sum", below = null, share = [2, 3]
    }
    failures = {
      says   = "Runs failed, also when tried again. They are in the queue, each with its reason."
      metric = "AWS/SQS ApproximateNumberOfMessagesVisible", of = null, statistic = "Maximum", below = null, share = [1, 1]
    }
    group-failed = {
      says   = "In two of the last three ticks a group had no decision. Which and why is in the scaler's log."
      metric = "Headroom Failed", of = "scaler", statistic = "Maximum", below = null, share = [2, 3]
    }
    held = {
      says   = "For 15 minutes a group has been held, or moved, without fresh metrics. The dashboard says which."
      metric = "Headroom Blind", of = "scaler", statistic = "Maximum", below = null, share = [3, 3]
    }
    unwritten = {
      says   = "In two of the last three ticks a change was not made. AWS refused it, or the kill switch cannot be read. The scaler's log says which."
      metric = "Headroom Unwritten", of = "scaler", statistic = "Maximum", below = null, share = [2, 3]
    }
    group = {
      says   = "In two of the last three ticks a group needed someone to look. Its last decision says why."
      metric = "Headroom Alarms", of = "scaler", statistic = "Maximum", below = null, share = [2, 3]
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "headroom" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = split(" ", each.value.metric)[0]
  metric_name         = split(" ", each.value.metric)[1]
  statistic           = each.value.statistic
  period              = 300
  datapoints_to_alarm = each.value.share[0]
  evaluation_periods  = each.value.share[1]
  comparison_operator = each.value.below == null ? "GreaterThanOrEqualToThreshold" : "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = each.value.below == null ? "notBreaching" : "breaching"
  alarm_actions       = local.actions
  ok_actions          = local.actions

  dimensions = (
    startswith(each.value.metric, "AWS/Lambda") ? { FunctionName = aws_lambda_function.function[each.value.of].function_name } :
    startswith(each.value.metric, "Headroom") ? { Function = aws_lambda_function.function[each.value.of].function_name } :
    { QueueName = aws_sqs_queue.failures.name }
  )
}
