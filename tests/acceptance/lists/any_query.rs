//! Any filter in any order, against what a fold over all users answers. The rows are made here, so that there are
//! many of every kind.

use acceptance::{App, get};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    DisplayName, Email, RoleName, UserId, UserName,
    user::{AdminState, Lifecycle, PendingEmail, Personal, Process, Status},
};
use infra_aws::views::{Rows, ViewStore};
use infra_local::stack::VIEWS_TABLE;
use projections::{Generation, Row, UserDirectory, user_directory::UserView};

use super::all;
use crate::chance::Chance;

const NAMES: [&str; 12] = [
    "Zoë Müller",
    "zoe muller",
    "José García-Márquez",
    "JOSE",
    "Alice Liddell",
    "Ada Lovelace",
    "Σωκράτης",
    "李小龙 Bruce",
    "O'Brien Anna",
    "Anna-Maria  Ström",
    "straße",
    "Ａｌｂｅｒｔ",
];
const ROLES: [&str; 3] = ["engineer", "oncall", "billing"];
const HOSTS: [&str; 3] = ["example.com", "bücher.example", "Example.ORG"];

struct User {
    id: String,
    view: UserView,
}

fn somebody(chance: &mut Chance, number: usize) -> User {
    let name = chance.pick(&NAMES);
    let first: String = name.split(' ').next().unwrap().into();
    // Those who were deleted left names and addresses to others.
    let user_name = if chance.one_in(4) { first.clone() } else { format!("{first}{number}") };
    let address = |chance: &mut Chance| {
        let number = if chance.one_in(3) { String::new() } else { number.to_string() };
        Email::parse(&format!("{}{number}@{}", first.replace('\'', ""), chance.pick(&HOSTS))).unwrap()
    };
    let personal = Personal {
        user_name: UserName::parse(&user_name).unwrap(),
        display_name: DisplayName::parse(name).unwrap(),
        email: address(chance),
    };
    let pending_email =
        chance.one_in(5).then(|| address(chance)).map(|email| PendingEmail { email, version: 2 });
    let lifecycle = Lifecycle {
        admin_state: chance.pick(&[
            AdminState::Enabled,
            AdminState::Enabled,
            AdminState::Enabled,
            AdminState::Disabled,
            AdminState::Deleted,
        ]),
        process: chance.pick(&[
            Process::Accepted,
            Process::Provisioned,
            Process::Confirmed,
            Process::Failed,
            Process::Expired,
        ]),
    };
    let noon: chrono::DateTime<chrono::Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
    let created_at = noon + chrono::TimeDelta::seconds(i64::try_from(chance.below(40)).unwrap());
    let roles = ROLES.into_iter().filter(|_| chance.one_in(3)).map(|role| RoleName::parse(role).unwrap());
    let roles = roles.collect();
    let id = UserId::derive(&domain::TenantId::parse("acme").unwrap(), &number.to_string()).to_string();
    let view = UserView {
        personal: Some(personal),
        pending_email,
        roles,
        lifecycle,
        created_at,
        ..UserView::default()
    };
    User { id, view }
}

fn directory(app: &App) -> Rows<UserDirectory> {
    let client = app.backend.stack.clients.dynamodb.clone();
    ViewStore::new(client, VIEWS_TABLE, app.clock.clock()).rows(Generation::FIRST)
}

async fn people(app: &App, chance: &mut Chance, count: usize) -> Vec<User> {
    let (rows, mut users) = (directory(app), Vec::new());
    for number in 0..count {
        let user = somebody(chance, number);
        let row = Row { version: 1, view: user.view.clone() };
        rows.store("acme", &user.id, &row, &Row::default()).await.unwrap();
        users.push(user);
    }
    users
}

/// What is searched for, as plainly as it can be said. Only for the letters that occur here.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace('ß', "ss").replace('ς', "σ");
    let pairs = [('ë', 'e'), ('ü', 'u'), ('é', 'e'), ('í', 'i'), ('á', 'a'), ('ö', 'o'), ('ά', 'α')];
    let bare = pairs.iter().fold(lower, |text, (from, to)| text.replace(*from, &to.to_string()));
    let narrow = |letter: char| match letter {
        'ａ'..='ｚ' => char::from_u32(u32::from(letter) - u32::from('ａ') + u32::from('a')).unwrap(),
        letter => letter,
    };
    bare.chars().map(narrow).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Clone, Debug, Default)]
struct Query {
    status: Option<Status>,
    role: Option<&'static str>,
    email: Option<String>,
    q: Option<String>,
    sort: Option<&'static str>,
}

impl Query {
    fn of(chance: &mut Chance, users: &[User]) -> Self {
        let someone = &users[chance.below(users.len())].view;
        let personal = someone.personal.as_ref().unwrap();
        let pending = someone.pending_email.as_ref().map(|pending| &pending.email);
        let email =
            pending.unwrap_or(&personal.email).as_str().to_uppercase().replace("BÜCHER", "xn--bcher-kva");
        let searches =
            ["zo", "ZÖE", "mar", "lid", "alice l", "garcía-", "σωκρ", "bru", "ann", "stras", "alb", "li"];
        Self {
            status: chance.one_in(2).then(|| chance.pick(&Status::ALL)),
            role: chance.one_in(2).then(|| chance.pick(&ROLES)),
            email: chance.one_in(4).then_some(email),
            q: chance.one_in(2).then(|| chance.pick(&searches).to_owned()),
            sort: chance.pick(&[
                None,
                Some("userName"),
                Some("-userName"),
                Some("email"),
                Some("-email"),
                Some("createdAt"),
                Some("-createdAt"),
            ]),
        }
    }

    fn text(&self) -> String {
        let parts = [
            ("status", self.status.map(|status| status.to_string())),
            ("role", self.role.map(str::to_owned)),
            ("email", self.email.clone()),
            ("q", self.q.clone()),
            ("sort", self.sort.map(str::to_owned)),
        ];
        let said =
            parts.into_iter().filter_map(|(name, value)| Some(format!("&{name}={}", encoded(&value?))));
        said.collect()
    }

    fn shows(&self, user: &UserView) -> bool {
        let personal = user.personal.as_ref().unwrap();
        let pending = user.pending_email.as_ref().map(|pending| &pending.email);
        let addresses: Vec<&Email> = [&personal.email].into_iter().chain(pending).collect();
        let status = user.lifecycle.status();
        let begins = |text: &str, q: &str| plain(text).starts_with(&plain(q));
        self.status.map_or(status != Status::Deleted, |asked| asked == status)
            && self.role.is_none_or(|role| user.roles.iter().any(|has| has.as_str() == role))
            && self.email.as_ref().is_none_or(|email| {
                let email = Email::parse(email).unwrap().canonical();
                addresses.iter().any(|address| address.canonical() == email)
            })
            && self.q.as_ref().is_none_or(|q| {
                let shown = plain(personal.display_name.as_str());
                let words: Vec<&str> = shown.split(' ').collect();
                begins(personal.user_name.as_str(), q)
                    || addresses.iter().any(|address| begins(address.as_str(), q))
                    || (0..words.len()).any(|first| words[first..].join(" ").starts_with(&plain(q)))
            })
    }

    fn answer(&self, users: &[User]) -> Vec<String> {
        let sort = self.sort.unwrap_or_default();
        let mut shown: Vec<(String, &str)> = users
            .iter()
            .filter(|user| self.shows(&user.view))
            .map(|user| {
                let personal = user.view.personal.as_ref().unwrap();
                let key = match sort.trim_start_matches('-') {
                    "userName" => personal.user_name.canonical(),
                    "email" => personal.email.canonical(),
                    "createdAt" => user.view.created_at.to_rfc3339(),
                    _ => String::new(),
                };
                (key, user.id.as_str())
            })
            .collect();
        shown.sort();
        if sort.starts_with('-') {
            shown.reverse();
        }
        shown.into_iter().map(|(_, id)| id.to_owned()).collect()
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn any_query_answers_what_a_fold_over_all_users_does() {
    let app = App::start().await;
    let mut chance = Chance::of(0x1157_5eed);
    let users = people(&app, &mut chance, 320).await;
    let (mut matched, mut empty) = (0, 0);
    for number in 0..80 {
        let query = Query::of(&mut chance, &users);
        let limit = [9, 17, 50, 200][number % 4];
        let (items, _) = all(&app, &query.text(), limit).await;
        let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        let expected = query.answer(&users);
        assert_eq!(ids, expected, "{number}: {query:?} by {limit}");
        matched += expected.len();
        empty += usize::from(expected.is_empty());
    }
    assert!(matched > 700 && empty < 65, "the queries say something: {matched}, {empty} empty");
}

#[tokio::test]
async fn every_order_alone_is_complete_page_by_page() {
    let app = App::start().await;
    let users = people(&app, &mut Chance::of(7), 320).await;
    for sort in ["userName", "-userName", "email", "-email", "createdAt", "-createdAt"] {
        let query = Query { sort: Some(sort), ..Query::default() };
        let (items, pages) = all(&app, &query.text(), 40).await;
        let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, query.answer(&users), "{sort}");
        assert!(pages <= 10, "{sort}: {pages} pages");
    }
}

#[tokio::test]
async fn more_of_one_address_than_are_sorted_at_once_are_walked() {
    let app = App::start().await;
    let mut chance = Chance::of(9);
    let (rows, mut users) = (directory(&app), Vec::new());
    for number in 0..130 {
        let mut user = somebody(&mut chance, number);
        user.view.personal.as_mut().unwrap().email = Email::parse("shared@example.com").unwrap();
        user.view.lifecycle.admin_state = AdminState::Deleted;
        rows.store("acme", &user.id, &Row { version: 1, view: user.view.clone() }, &Row::default())
            .await
            .unwrap();
        users.push(user);
    }
    for sort in [None, Some("userName"), Some("-createdAt")] {
        let email = Some("shared@example.com".to_owned());
        let query = Query { status: Some(Status::Deleted), email, sort, ..Query::default() };
        let (items, _) = all(&app, &query.text(), 30).await;
        let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, query.answer(&users), "{sort:?}");
    }
}

#[tokio::test]
async fn rows_that_do_not_fit_into_one_answer_are_asked_for_again() {
    let app = App::start().await;
    let users = people(&app, &mut Chance::of(11), 60).await;
    for user in &users {
        let view = serde_json::to_string(&user.view).unwrap();
        let update = app.backend.stack.clients.dynamodb.update_item().table_name(VIEWS_TABLE);
        let update = update
            .key("pk", AttributeValue::S("acme#user_directory@1".into()))
            .key("sk", AttributeValue::S(user.id.clone()));
        let update = update.update_expression("SET d = :d");
        update.expression_attribute_values(":d", AttributeValue::S(padded(&view))).send().await.unwrap();
    }
    app.tap.reset();
    let query = Query { sort: Some("userName"), ..Query::default() };
    let (items, _) = all(&app, &query.text(), 200).await;
    let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, query.answer(&users));
    let batches = app.tap.log().iter().filter(|operation| *operation == "BatchGetItem").count();
    assert!(batches >= 2, "sixteen megabytes are an answer, and the rows are more");
    app.when(get("/v1/users?limit=1&sort=-email")).await.then(200);
}

/// The view with a field that nobody knows.
fn padded(view: &str) -> String {
    let mut view: serde_json::Value = serde_json::from_str(view).unwrap();
    view["padding"] = "x".repeat(380_000).into();
    view.to_string()
}
