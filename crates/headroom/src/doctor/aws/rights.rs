//! What cannot be tried without doing it.

use headroom_aws::setup::GroupSetup;
use headroom_core::{Group, fleet::Apply};

use crate::doctor::{commands::quoted, finding::Finding};

const RIGHTS: &str = "rights";

/// Auto Scaling has no dry run: whether the scaler may write is told by IAM alone.
pub(super) fn to_write(group: &Group, found: Option<&GroupSetup>) -> Finding {
    let action = match group.apply {
        Apply::Desired => "autoscaling:SetDesiredCapacity",
        Apply::Floor => "autoscaling:UpdateAutoScalingGroup",
    };
    let resource = found.and_then(|found| found.arn.as_deref());
    let resource = resource.map_or_else(String::new, |arn| format!(" --resource-arns {}", quoted(arn)));
    let command = format!(
        "aws iam simulate-principal-policy --policy-source-arn SCALER_ROLE_ARN --action-names {action}{resource} \
         --query 'EvaluationResults[].[EvalActionName,EvalDecision]' --output text"
    );
    Finding::unknown(RIGHTS, format!("whether the scaler may `{action}` cannot be tried: AWS has no dry run for it"))
        .because("ask IAM, with the role that the scaler runs as in place of SCALER_ROLE_ARN: an output of the deployed stack names it")
        .cured_by(command)
}
