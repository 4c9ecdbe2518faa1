//! Puts streams that another deployment wrote into this one's store.

use cqrs_es::Aggregate as _;
use domain::{InvalidValue, Role, RoleName, Tenant, TenantId, User, UserId, Webhook, webhook::WebhookId};
use event_store::{Commit, Import, ImportError, Imported, StreamId};

use super::{Commands, TENANT};

/// A stream on its way in; see [`Aggregates::import`](event_store::Aggregates::import).
#[derive(Debug)]
pub enum StreamImport {
    User(Box<Import<User>>),
    Role(Box<Import<Role>>),
    Tenant(Box<Import<Tenant>>),
    Webhook(Box<Import<Webhook>>),
}

/// A stream that is none of this program's.
#[derive(Debug, thiserror::Error)]
pub enum ForeignStream {
    #[error("there are no aggregates of the type {0:?}, only user, role, tenant and webhook")]
    UnknownType(String),
    #[error(transparent)]
    InvalidName(#[from] InvalidValue),
    #[error("{0:?} is not the id of a {1}")]
    InvalidId(String, &'static str),
}

impl Commands {
    /// Begins an import of one stream; a rehearsal judges it and sends nothing.
    ///
    /// # Errors
    /// [`ForeignStream`] when nobody here could have such a stream.
    pub fn import(&self, stream: StreamId, is_rehearsal: bool) -> Result<StreamImport, ForeignStream> {
        macro_rules! begin {
            ($aggregates:expr) => {
                Box::new(if is_rehearsal {
                    $aggregates.rehearse_import(stream)
                } else {
                    $aggregates.import(stream)
                })
            };
        }
        TenantId::parse(stream.tenant())?;
        let id = stream.id();
        let no_id = |kind| ForeignStream::InvalidId(stream.id().to_owned(), kind);
        match stream.kind() {
            User::TYPE if id.parse().is_ok_and(|user: UserId| user.to_string() == id) => {
                Ok(StreamImport::User(begin!(self.users)))
            }
            Role::TYPE if RoleName::parse(id).is_ok_and(|role| role.as_str() == id) => {
                Ok(StreamImport::Role(begin!(self.roles)))
            }
            Webhook::TYPE if id.parse().is_ok_and(|webhook: WebhookId| webhook.to_string() == id) => {
                Ok(StreamImport::Webhook(begin!(self.webhooks)))
            }
            Tenant::TYPE if id == TENANT => Ok(StreamImport::Tenant(begin!(self.tenants))),
            User::TYPE => Err(no_id(User::TYPE)),
            Role::TYPE => Err(no_id(Role::TYPE)),
            Tenant::TYPE => Err(no_id(Tenant::TYPE)),
            Webhook::TYPE => Err(no_id(Webhook::TYPE)),
            unknown => Err(ForeignStream::UnknownType(unknown.to_owned())),
        }
    }
}

impl StreamImport {
    /// Takes the stream's next commit.
    ///
    /// # Errors
    /// As for [`Import::push`].
    pub async fn push(&mut self, commit: Commit) -> Result<(), ImportError> {
        match self {
            Self::User(import) => Box::pin(import.push(commit)).await,
            Self::Role(import) => Box::pin(import.push(commit)).await,
            Self::Tenant(import) => Box::pin(import.push(commit)).await,
            Self::Webhook(import) => Box::pin(import.push(commit)).await,
        }
    }

    /// Writes what is left, with the claims and rosters.
    ///
    /// # Errors
    /// As for [`Import::finish`].
    pub async fn finish(self) -> Result<Imported, ImportError> {
        match self {
            Self::User(import) => Box::pin(import.finish()).await,
            Self::Role(import) => Box::pin(import.finish()).await,
            Self::Tenant(import) => Box::pin(import.finish()).await,
            Self::Webhook(import) => Box::pin(import.finish()).await,
        }
    }
}
