//! The few read-only calls to AWS that no SDK is linked for: CloudFormation, Lambda, CloudWatch. Their three SDKs
//! would take longer to compile than everything else in this program together.

mod signed;
mod stack;
mod xml;

pub(crate) use signed::Signed;
pub(crate) use stack::Stack;
pub(crate) use xml::Element;
