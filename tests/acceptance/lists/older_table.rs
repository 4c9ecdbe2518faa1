use acceptance::App;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use domain::{DisplayName, Email, UserName, user::Personal};
use infra_aws::views::{self, ViewStore, Wanted};
use projections::{Generation, Index, Row, UserDirectory, user_directory::UserView};

/// The table as it was before there were indexes to sort by.
async fn older_table(app: &App) {
    let create = app.backend.stack.clients.dynamodb.create_table().table_name("older");
    let create =
        [("pk", KeyType::Hash), ("sk", KeyType::Range)].into_iter().fold(create, |create, (name, role)| {
            let attribute = AttributeDefinition::builder().attribute_name(name);
            let attribute = attribute.attribute_type(ScalarAttributeType::S).build().unwrap();
            let key = KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap();
            create.attribute_definitions(attribute).key_schema(key)
        });
    create.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
}

#[tokio::test]
async fn an_older_table_gets_the_indexes_that_it_lacks() {
    let app = App::start().await;
    older_table(&app).await;
    let client = app.backend.stack.clients.dynamodb.clone();
    for _ in 0..2 {
        views::create_table(&client, "older").await.unwrap();
    }
    let rows = ViewStore::new(client, "older", app.clock.clock()).rows::<UserDirectory>(Generation::FIRST);
    for name in ["zoe", "amy"] {
        let personal = Personal {
            user_name: UserName::parse(name).unwrap(),
            display_name: DisplayName::parse(name).unwrap(),
            email: Email::parse(&format!("{name}@example.com")).unwrap(),
        };
        let view = UserView { personal: Some(personal), ..UserView::default() };
        rows.store("acme", name, &Row { version: 1, view }, &Row::default()).await.unwrap();
    }
    let wanted = Wanted {
        tenant: "acme",
        terms: &[],
        shows: &|_| true,
        is_selective: false,
        by: Some(Index::Name),
        descending: false,
        limit: 10,
        after: None,
    };
    let ids: Vec<String> = rows.page(&wanted).await.unwrap().rows.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["amy", "zoe"]);
}
