//! Gives commands to aggregates: who asks, when, under which command id.

use std::num::NonZeroUsize;

use domain::{
    Actor, Instruction, Role, RoleName, TenantId, User, UserId, role::RoleCommand, user::UserCommand,
};
use event_store::{
    Aggregates, Claim, ClaimKey, CommandContext, DynamoEventStore, ExecuteError, Executed, Metadata,
    Snapshots, StoreError,
};
use futures_util::FutureExt as _;
use infra_aws::clock::Clock;
use sha2::{Digest as _, Sha256};

use crate::history;

/// An instance remembers so many users and roles, a few kilobytes each.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// What a command came to, or why it did not.
pub type Outcome<A> = Result<Executed<A>, ExecuteError<domain::Rejection>>;

/// The way to every aggregate.
#[derive(Clone, Debug)]
pub struct Commands {
    users: Aggregates<User>,
    roles: Aggregates<Role>,
    pub clock: Clock,
}

/// Everything about a command that is not the command.
#[derive(Clone, Debug)]
pub struct Order {
    pub tenant: TenantId,
    pub by: Actor,
    /// The same id is the same command: it is carried out once.
    pub command_id: String,
    /// Hash of what is asked; another fingerprint under the same id is refused.
    pub fingerprint: [u8; 32],
    pub correlation_id: String,
    pub causation_id: Option<String>,
    pub traceparent: Option<String>,
    /// Refuse unless the stream's last commit has this number (`If-Match`).
    pub expected_commit: Option<u64>,
}

impl Commands {
    #[must_use]
    pub fn new(store: &DynamoEventStore, claim_key: &ClaimKey, clock: Clock) -> Self {
        let users = store
            .aggregates()
            .claiming(claim_key.clone(), user_claims)
            .snapshotting(Snapshots::of_state_version(User::STATE_VERSION))
            .upcasting(history::upcasters().clone())
            .caching(REMEMBERED);
        // The stream of a role is too short for snapshots.
        let roles = store.aggregates().upcasting(history::upcasters().clone()).caching(REMEMBERED);
        Self { users, roles, clock }
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn user(&self, id: UserId, order: Order, command: UserCommand) -> Outcome<User> {
        let is_create = matches!(command, UserCommand::Create(_));
        let (context, instruction) = self.prepare(order, command, is_create);
        self.users.execute(&id.to_string(), instruction, &(), &context).await
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn role(&self, name: &RoleName, order: Order, command: RoleCommand) -> Outcome<Role> {
        let (context, instruction) = self.prepare(order, command, false);
        self.roles.execute(name.as_str(), instruction, &(), &context).await
    }

    /// The user as of now; [`User::Unknown`] if there is none.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_user(&self, tenant: &TenantId, id: UserId) -> Result<User, StoreError> {
        Ok(self.users.load(tenant.as_str(), &id.to_string()).boxed().await?.state)
    }

    /// The role as of now; [`Role::Unknown`] if there is none.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_role(&self, tenant: &TenantId, name: &RoleName) -> Result<Role, StoreError> {
        Ok(self.roles.load(tenant.as_str(), name.as_str()).boxed().await?.state)
    }

    fn prepare<C>(&self, order: Order, command: C, assume_new: bool) -> (CommandContext, Instruction<C>) {
        let at = self.clock.now();
        let context = CommandContext {
            tenant: order.tenant.as_str().into(),
            command_id: order.command_id,
            fingerprint: order.fingerprint,
            at,
            metadata: Metadata {
                actor: order.by.recorded_as(),
                correlation_id: order.correlation_id,
                causation_id: order.causation_id,
                traceparent: order.traceparent,
            },
            expected_commit: order.expected_commit,
            assume_new,
        };
        (context, Instruction { by: order.by, at, command })
    }
}

/// What must be unique among a tenant's users. Held from the creation on.
fn user_claims(user: &User) -> Vec<Claim> {
    user.account().map_or_else(Vec::new, |account| {
        vec![
            Claim { kind: "email", value: account.personal.email.canonical() },
            Claim { kind: "user_name", value: account.personal.user_name.canonical() },
        ]
    })
}

/// Hashes what is asked. `parts` are joined so that no two lists of parts look alike.
#[must_use]
pub fn fingerprint(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
