use domain::user::Lifecycle;
use serde::{Deserialize, Serialize};

/// Where one user stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StandingView {
    pub lifecycle: Lifecycle,
}
