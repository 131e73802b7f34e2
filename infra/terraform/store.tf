# One bucket holds everything: configuration, history, models, decisions.

resource "aws_s3_bucket" "store" {
  #checkov:skip=CKV_AWS_18:a log of every request would cost more than the data
  #checkov:skip=CKV_AWS_144:a second region would be for history that can be read again from CloudWatch
  #checkov:skip=CKV_AWS_145:SSE-S3 encrypts at no cost; a key of KMS costs more a month than all the rest
  bucket = var.bucket_name
}

resource "aws_s3_bucket_server_side_encryption_configuration" "store" {
  bucket = aws_s3_bucket.store.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "store" {
  bucket = aws_s3_bucket.store.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "store" {
  bucket                  = aws_s3_bucket.store.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "store" {
  bucket = aws_s3_bucket.store.id

  versioning_configuration {
    status = "Enabled"
  }
}

# For the rule of training.tf. S3 tells of every object of the bucket, and knows no narrower way.
resource "aws_s3_bucket_notification" "store" {
  bucket      = aws_s3_bucket.store.id
  eventbridge = true
}

locals {
  # Days that objects of a prefix, and their earlier versions, are kept. A day's object is written anew at every tick, up to 288 times a
  # day: its earlier versions are of use for hours only. No number: for ever.
  kept = {
    history   = { days = null, version_days = 2 }
    state     = { days = null, version_days = 2 }
    forecasts = { days = var.forecast_days, version_days = 1 }
    decisions = { days = var.decision_days, version_days = 2 }
    anomalies = { days = var.decision_days, version_days = 2 }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "store" {
  bucket     = aws_s3_bucket.store.id
  depends_on = [aws_s3_bucket_versioning.store]

  dynamic "rule" {
    for_each = local.kept

    content {
      id     = rule.key
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      noncurrent_version_expiration {
        noncurrent_days = rule.value.version_days
      }

      dynamic "expiration" {
        for_each = rule.value.days == null ? [] : [rule.value.days]

        content {
          days = expiration.value
        }
      }
    }
  }

  # What people and the trainer write: config/, control/, models/, requests/, audit/.
  rule {
    id     = "other-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days           = 90
      newer_noncurrent_versions = 10
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "tls_only" {
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.store.arn, "${aws_s3_bucket.store.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "store" {
  bucket = aws_s3_bucket.store.id
  policy = data.aws_iam_policy_document.tls_only.json
}
