# A training that someone asks for is an object, which the trainer writes anew when it is done. That is an event too: the run that it brings
# about finds nothing open, writes nothing, and is the last.

resource "aws_cloudwatch_event_rule" "training_asked" {
  name        = "${var.name}-training-asked"
  description = "Trains the groups that someone asked to train."

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.store.id] }
      object = { key = [{ prefix = "requests/train/" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "training_asked" {
  rule      = aws_cloudwatch_event_rule.training_asked.name
  target_id = "trainer"
  arn       = aws_lambda_function.function["trainer"].arn
  input     = jsonencode({ asked = true })

  retry_policy {
    maximum_retry_attempts       = 1
    maximum_event_age_in_seconds = local.event_age["trainer"]
  }

  dead_letter_config {
    arn = aws_sqs_queue.failures.arn
  }
}

resource "aws_lambda_permission" "training_asked" {
  statement_id  = "TrainingAsked"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.function["trainer"].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.training_asked.arn
}
