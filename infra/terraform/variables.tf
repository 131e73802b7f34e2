variable "name" {
  description = "What the names of functions, roles and alarms begin with. One per region and account."
  type        = string
  default     = "headroom"
}

variable "packages" {
  description = "Folder of what `scripts/build-functions` makes: <function>/bootstrap.zip."
  type        = string
}

variable "architecture" {
  description = "Of the functions; the zip files have to be built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "bucket_name" {
  description = "Of the bucket that everything is kept in; names of buckets are unique in the world."
  type        = string
}

variable "writable_groups" {
  description = "ARNs, or patterns of ARNs, of the Auto Scaling groups whose desired capacity the scaler may set. Empty: it may set none, whatever fleet.toml says."
  type        = list(string)
  default     = []
}

variable "floor_groups" {
  description = "The same for groups with `apply = \"floor\"`, whose minimum size the scaler may set."
  type        = list(string)
  default     = []
}

variable "jwt_issuer" {
  description = "Issuer (https://...) of the JSON Web Tokens that open the dashboard, signed by RSA. Empty: callers sign with IAM credentials that allow execute-api:Invoke."
  type        = string
  default     = ""
}

variable "jwt_audience" {
  description = "Audience that a token has to be for. Needed with jwt_issuer."
  type        = string
  default     = ""
}

variable "jwt_roles_claim" {
  description = "Claim of a token that names viewer, operator or admin; dots lead into a claim, as in realm_access.roles."
  type        = string
  default     = "roles"
}

variable "jwt_client_id" {
  description = "What the page is called at the issuer, so that people can sign in on it. Empty, it asks for a token."
  type        = string
  default     = ""
}

variable "jwt_scope" {
  description = "What the page asks the issuer for when someone signs in. Empty, openid."
  type        = string
  default     = ""
}

variable "jwt_sites" {
  description = "Origins (https://...) that the page asks when someone signs in, where the issuer hands out its tokens at another than its own."
  type        = list(string)
  default     = []
}

variable "cors_origins" {
  description = "Origins (https://...) of other pages that may call the API from a browser. Empty, none may."
  type        = list(string)
  default     = []
}

variable "throttle_rate" {
  description = "Requests a second, of all callers together. A page asks about ten things twice a minute."
  type        = number
  default     = 20
}

variable "throttle_burst" {
  description = "Requests at once."
  type        = number
  default     = 50
}

variable "alarm_topic_arn" {
  description = "SNS topic that alarms are sent to. Empty: alarms are shown in CloudWatch only."
  type        = string
  default     = ""
}

variable "schedules" {
  description = "When each function runs, in UTC. A step has its metrics a minute after its end; Scheduler is exact to the minute, so the scaler follows a minute later."
  type = object({
    collector = optional(string, "cron(1/5 * * * ? *)")
    scaler    = optional(string, "cron(2/5 * * * ? *)")
    trainer   = optional(string, "cron(17 2 * * ? *)")
  })
  default = {}
}

variable "schedules_enabled" {
  description = "False stops all three schedules."
  type        = bool
  default     = true
}

variable "log_level" {
  description = "Of the functions: TRACE, DEBUG or INFO. Measurements are lines of level INFO, so that there is no WARN."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO"], var.log_level)
    error_message = "The level is TRACE, DEBUG or INFO."
  }
}

variable "log_retention_days" {
  description = "Logs are deleted after so many days."
  type        = number
  default     = 30
}

variable "trainer_memory" {
  description = "In MB. 1769 is one whole vCPU."
  type        = number
  default     = 1769
}

variable "forecast_days" {
  description = "Forecasts are deleted after so many days."
  type        = number
  default     = 35
}

variable "decision_days" {
  description = "Decisions and anomalies are deleted after so many days."
  type        = number
  default     = 400
}
