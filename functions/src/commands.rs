//! Gives commands to aggregates: who asks, when, under which command id.

mod given;
mod import;
mod names;
mod order;

use std::{future::ready, num::NonZeroUsize, pin::pin};

use domain::{
    Instruction, Rejection, Role, RoleName, Tenant, TenantId, User, UserId, Webhook,
    role::RoleCommand,
    tenant::TenantCommand,
    user::{UserCommand, UserEvent},
    webhook::{WebhookCommand, WebhookId},
};
use event_store::{
    Aggregates, Claim, ClaimKey, CommandContext, Commit, DynamoEventStore, ExecuteError, Executed, Metadata,
    Preview, Snapshots, StoreError, StreamId,
};
use futures_util::{FutureExt as _, TryStreamExt as _};
use infra_aws::clock::Clock;
use sha2::{Digest as _, Sha256};

use crate::{callers::Callers, history};

use given::Given;

pub use import::{ForeignStream, StreamImport};
pub use order::Order;

/// The streams of a tenant's effective owners; it never becomes empty once it had one.
pub const OWNERS: &str = "owners";
/// The tenant's own stream has no id to choose.
pub(crate) const TENANT: &str = "tenant";
/// What is claimed by a webhook: one of the places that its tenant has.
pub(crate) const WEBHOOK_SLOT: &str = "webhook_slot";

/// An instance remembers so many users and roles, a few kilobytes each.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1_000).expect("it is not zero");

/// What a command came to, or why it did not.
pub type Outcome<A> = Result<Executed<A>, ExecuteError<Rejection>>;
/// What a command would come to.
pub type Previewed<A> = Result<Preview<A>, ExecuteError<Rejection>>;

/// The way to every aggregate.
#[derive(Clone, Debug)]
pub struct Commands {
    users: Aggregates<User>,
    roles: Aggregates<Role>,
    tenants: Aggregates<Tenant>,
    webhooks: Aggregates<Webhook>,
    events: DynamoEventStore,
    pub clock: Clock,
}

impl Commands {
    #[must_use]
    pub fn new(store: &DynamoEventStore, claim_key: &ClaimKey, clock: Clock) -> Self {
        let users = users(store).claiming(claim_key.clone(), user_claims).enrolling(user_rosters);
        // The streams of a role, of a tenant and of a webhook are too short for snapshots.
        let roles = store.aggregates().upcasting(history::upcasters().clone()).caching(REMEMBERED);
        let tenants = store.aggregates().upcasting(history::upcasters().clone()).caching(REMEMBERED);
        let webhooks = webhooks(store).claiming(claim_key.clone(), webhook_claims);
        Self { users, roles, tenants, webhooks, events: store.clone(), clock }
    }

    /// Who the callers of this instance are; shares what the commands remember.
    #[must_use]
    pub fn callers(&self) -> Callers {
        Callers::new(self.users.clone(), self.clock.clone())
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn user(&self, id: UserId, order: Order, command: UserCommand) -> Outcome<User> {
        let (id, name, parent) = (id.to_string(), names::of_user(&command), order.trace);
        let trace = order.span();
        let (context, instruction) = self.prepare_user(&id, order, command);
        let given = Given::new::<User>(name, &id, &context, (parent, trace), &self.clock);
        given.told(self.users.execute(&id, instruction, &(), &context).boxed()).await
    }

    /// What the same command would record now. Nothing is written.
    ///
    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn preview_user(&self, id: UserId, order: Order, command: UserCommand) -> Previewed<User> {
        let id = id.to_string();
        let (context, instruction) = self.prepare_user(&id, order, command);
        self.users.preview(&id, instruction, &(), &context).boxed().await
    }

    fn prepare_user(
        &self,
        id: &str,
        order: Order,
        command: UserCommand,
    ) -> (CommandContext, Instruction<UserCommand>) {
        let is_create = matches!(command, UserCommand::Create(_));
        self.prepare(id, order, command, is_create)
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn role(&self, name: &RoleName, order: Order, command: RoleCommand) -> Outcome<Role> {
        let (id, parent, trace) = (name.as_str(), order.trace, order.span());
        let name = names::of_role(&command);
        let (context, instruction) = self.prepare(id, order, command, false);
        let given = Given::new::<Role>(name, id, &context, (parent, trace), &self.clock);
        given.told(self.roles.execute(id, instruction, &(), &context).boxed()).await
    }

    /// What the same command would record now. Nothing is written.
    ///
    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn preview_role(&self, name: &RoleName, order: Order, command: RoleCommand) -> Previewed<Role> {
        let (context, instruction) = self.prepare(name.as_str(), order, command, false);
        self.roles.preview(name.as_str(), instruction, &(), &context).boxed().await
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn tenant(&self, order: Order, command: TenantCommand) -> Outcome<Tenant> {
        let (name, parent, trace) = (names::of_tenant(&command), order.trace, order.span());
        let (context, instruction) = self.prepare(TENANT, order, command, false);
        let given = Given::new::<Tenant>(name, TENANT, &context, (parent, trace), &self.clock);
        given.told(self.tenants.execute(TENANT, instruction, &(), &context).boxed()).await
    }

    /// What the same command would record now. Nothing is written.
    ///
    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn preview_tenant(&self, order: Order, command: TenantCommand) -> Previewed<Tenant> {
        let (context, instruction) = self.prepare(TENANT, order, command, false);
        self.tenants.preview(TENANT, instruction, &(), &context).boxed().await
    }

    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn webhook(&self, id: WebhookId, order: Order, command: WebhookCommand) -> Outcome<Webhook> {
        let (id, name, parent) = (id.to_string(), names::of_webhook(&command), order.trace);
        let trace = order.span();
        let (context, instruction) = self.prepare_webhook(&id, order, command);
        let given = Given::new::<Webhook>(name, &id, &context, (parent, trace), &self.clock);
        given.told(self.webhooks.execute(&id, instruction, &(), &context).boxed()).await
    }

    /// What the same command would record now. Nothing is written.
    ///
    /// # Errors
    /// The domain's refusal, or the store's error.
    pub async fn preview_webhook(
        &self,
        id: WebhookId,
        order: Order,
        command: WebhookCommand,
    ) -> Previewed<Webhook> {
        let id = id.to_string();
        let (context, instruction) = self.prepare_webhook(&id, order, command);
        self.webhooks.preview(&id, instruction, &(), &context).boxed().await
    }

    fn prepare_webhook(
        &self,
        id: &str,
        order: Order,
        command: WebhookCommand,
    ) -> (CommandContext, Instruction<WebhookCommand>) {
        let is_create = matches!(command, WebhookCommand::Create { .. });
        self.prepare(id, order, command, is_create)
    }

    /// The webhook as of now; [`Webhook::Unknown`] if there is none.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_webhook(&self, tenant: &TenantId, id: WebhookId) -> Result<Webhook, StoreError> {
        Ok(self.webhooks.load(tenant.as_str(), &id.to_string()).boxed().await?.state)
    }

    /// The tenant as of now; the settings that hold for everybody, if it has none of its own.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_tenant(&self, tenant: &TenantId) -> Result<Tenant, StoreError> {
        Ok(self.tenants.load(tenant.as_str(), TENANT).boxed().await?.state)
    }

    /// The user as of now; [`User::Unknown`] if there is none.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_user(&self, tenant: &TenantId, id: UserId) -> Result<User, StoreError> {
        Ok(self.users.load(tenant.as_str(), &id.to_string()).boxed().await?.state)
    }

    /// The user as the commit left them that first had them provisioned, and its number; `None` before that.
    ///
    /// # Errors
    /// The store's error.
    pub async fn first_provisioned(
        &self,
        tenant: &TenantId,
        id: UserId,
    ) -> Result<Option<(u64, User)>, StoreError> {
        let id = id.to_string();
        let commits = self.events.commits(&StreamId::of::<User>(tenant.as_str(), &id)?, 0);
        let mut provisioned = pin!(commits.try_filter(|commit| ready(is_provisioned(commit))));
        let Some(commit) = provisioned.try_next().boxed().await? else { return Ok(None) };
        let then = self.users.load_as_of(tenant.as_str(), &id, commit.number).boxed().await?;
        Ok(Some((commit.number, then.state)))
    }

    /// The role as of now; [`Role::Unknown`] if there is none.
    ///
    /// # Errors
    /// The store's error.
    pub async fn load_role(&self, tenant: &TenantId, name: &RoleName) -> Result<Role, StoreError> {
        Ok(self.roles.load(tenant.as_str(), name.as_str()).boxed().await?.state)
    }

    fn prepare<C>(
        &self,
        on: &str,
        order: Order,
        command: C,
        assume_new: bool,
    ) -> (CommandContext, Instruction<C>) {
        let (at, trace) = (self.clock.now(), order.span());
        let context = CommandContext {
            tenant: order.tenant.as_str().into(),
            command_id: order.command_id,
            fingerprint: order.fingerprint,
            at,
            metadata: Metadata {
                actor: order.by.recorded_as(),
                correlation_id: order.correlation_id,
                causation_id: order.causation_id,
                traceparent: Some(trace.to_string()),
            },
            expected_commit: order.expected_commit,
            assume_new,
        };
        (context, Instruction { on: on.into(), by: order.by, at, command })
    }
}

fn is_provisioned(commit: &Commit) -> bool {
    let name = UserEvent::Provisioned {}.name();
    commit.events.iter().any(|event| event.event_type == name)
}

/// Users as whoever only reads them needs them.
pub(crate) fn users(store: &DynamoEventStore) -> Aggregates<User> {
    store
        .aggregates()
        .snapshotting(Snapshots::of_state_version(User::STATE_VERSION))
        .upcasting(history::upcasters().clone())
        .caching(REMEMBERED)
}

/// Webhooks as whoever only reads them needs them.
pub(crate) fn webhooks(store: &DynamoEventStore) -> Aggregates<Webhook> {
    store.aggregates().upcasting(history::upcasters().clone()).caching(REMEMBERED)
}

/// What must be unique among a tenant's users. Held from the creation to the deletion; a new address from when
/// it is asked for, or two users would race to confirm it.
fn user_claims(user: &User) -> Vec<Claim> {
    let Some(account) = user.account().filter(|account| !account.is_deleted()) else {
        return Vec::new();
    };
    let pending = account.pending_email.as_ref().map(|pending| &pending.email);
    let emails = [&account.personal.email].into_iter().chain(pending);
    let emails = emails.map(|email| Claim { kind: "email", value: email.canonical() });
    let user_name = Claim { kind: "user_name", value: account.personal.user_name.canonical() };
    emails.chain([user_name]).collect()
}

/// A tenant has so many webhooks as there are places. Held from the creation to the deletion.
fn webhook_claims(webhook: &Webhook) -> Vec<Claim> {
    let slot = webhook.registration().map(|known| known.slot.to_string());
    slot.map(|value| Claim { kind: WEBHOOK_SLOT, value }).into_iter().collect()
}

fn user_rosters(user: &User) -> Vec<&'static str> {
    user.is_effective_owner().then_some(OWNERS).into_iter().collect()
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
