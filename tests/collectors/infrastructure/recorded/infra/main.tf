provider "aws" {
  region = "us-east-1"
}

resource "aws_secretsmanager_secret" "openai" {
  name       = "production/openai"
  kms_key_id = "alias/ai-keys"
}

resource "aws_secretsmanager_secret_rotation" "openai" {
  secret_id           = aws_secretsmanager_secret.openai.id
  rotation_lambda_arn = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
  rotation_rules {
    automatically_after_days = 60
  }
}

resource "aws_secretsmanager_secret" "cohere" {
  # checkov:skip=CKV2_AWS_57: by hand
  name = "production/cohere"
}
