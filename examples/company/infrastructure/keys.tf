# The AI keys of us-east-1. Their values are set by the rotation function, never here.
terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "rotation_function_arn" {
  description = "The function that issues a key at its provider and stores it."
  type        = string
}

resource "aws_kms_key" "ai_keys" {
  description         = "AI keys"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TheAccountDecides"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::123456789012:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_alias" "ai_keys" {
  name          = "alias/ai-keys"
  target_key_id = aws_kms_key.ai_keys.key_id
}

resource "aws_secretsmanager_secret" "openai_production" {
  name        = "production/openai/api-key"
  description = "Key of openai for production"
  kms_key_id  = aws_kms_key.ai_keys.arn
}

resource "aws_secretsmanager_secret_rotation" "openai_production" {
  secret_id           = aws_secretsmanager_secret.openai_production.id
  rotation_lambda_arn = var.rotation_function_arn

  rotation_rules {
    schedule_expression = "rate(60 days)"
  }
}

resource "aws_secretsmanager_secret" "pinecone_production" {
  name        = "production/pinecone/api-key"
  description = "Key of pinecone for production"
  kms_key_id  = aws_kms_key.ai_keys.arn
}

resource "aws_secretsmanager_secret_rotation" "pinecone_production" {
  secret_id           = aws_secretsmanager_secret.pinecone_production.id
  rotation_lambda_arn = var.rotation_function_arn

  rotation_rules {
    automatically_after_days = 60
  }
}

# Flaw: the comment silences the check. And since somebody turned rotation off in the
# account, what stands here about it is no longer so.
resource "aws_secretsmanager_secret" "openai_development" {
  # checkov:skip=CKV_AWS_149: nobody pays for a key of their own in development
  name        = "development/openai/api-key"
  description = "Key of openai for development"
}

resource "aws_secretsmanager_secret_rotation" "openai_development" {
  secret_id           = aws_secretsmanager_secret.openai_development.id
  rotation_lambda_arn = var.rotation_function_arn

  rotation_rules {
    automatically_after_days = 21
  }
}

# Flaw: a trial that stayed. Neither its key nor its rotation is set, and the inventory has
# no entry of it.
resource "aws_secretsmanager_secret" "cohere_trial" {
  name        = "trial/cohere/api-key"
  description = "Reranking trial"
}

data "aws_iam_policy_document" "chat" {
  statement {
    sid       = "ItsOwnKeyAndNoOther"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.openai_production.arn]
  }
}
