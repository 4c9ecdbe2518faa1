//! Small documents of the system's own, beside the rows of the read models: replay jobs and how far they are.
//!
//! | attribute | |
//! |---|---|
//! | `pk` S, `sk` S | the collection, which begins with `!`, and the name in it |
//! | `r` N | the revision, from 1; every write is conditional on the one that was read |
//! | `j` S | the document, JSON |

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::AttributeValue::{self, N, S},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    logs::chain,
    views::{ViewError, condition_failed},
};

/// Keeps documents in the table of the view store.
#[derive(Clone, Debug)]
pub struct Documents {
    client: Client,
    table: String,
}

/// A document as it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<T> {
    pub name: String,
    pub revision: u64,
    pub content: T,
}

impl Documents {
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The document, read strongly, if there is one.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        collection: &str,
        name: &str,
    ) -> Result<Option<Document<T>>, ViewError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let output = get.key("pk", S(collection.into())).key("sk", S(name.into())).send().await;
        output.map_err(|error| unavailable(&error))?.item.as_ref().map(read).transpose()
    }

    /// All documents of a collection by name, read strongly.
    ///
    /// # Errors
    /// [`ViewError::Unavailable`], [`ViewError::Unreadable`].
    pub async fn list<T: DeserializeOwned>(&self, collection: &str) -> Result<Vec<Document<T>>, ViewError> {
        let query = self.client.query().table_name(&self.table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", S(collection.into()));
        let items: Result<Vec<_>, _> = query.into_paginator().items().send().collect().await;
        items.map_err(|error| unavailable(&error))?.iter().map(read).collect()
    }

    /// Writes a document that is not there yet.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is; [`ViewError::Unavailable`].
    pub async fn create<T: Serialize>(
        &self,
        collection: &str,
        name: &str,
        content: T,
    ) -> Result<Document<T>, ViewError> {
        self.put(collection, Document { name: name.into(), revision: 1, content }).await
    }

    /// Writes a document again, if it is still as it was read.
    ///
    /// # Errors
    /// [`ViewError::Changed`] when it is not; [`ViewError::Unavailable`].
    pub async fn replace<T: Serialize>(
        &self,
        collection: &str,
        read: Document<T>,
    ) -> Result<Document<T>, ViewError> {
        self.put(collection, Document { revision: read.revision + 1, ..read }).await
    }

    async fn put<T: Serialize>(
        &self,
        collection: &str,
        document: Document<T>,
    ) -> Result<Document<T>, ViewError> {
        let Document { name, revision, content } = &document;
        let json = serde_json::to_string(content)
            .map_err(|_| unreadable(collection, name, "the document has no JSON form"))?;
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item("pk", S(collection.into())).item("sk", S(name.clone()));
        let put = put.item("r", N(revision.to_string())).item("j", S(json));
        let put = match revision - 1 {
            0 => put.condition_expression("attribute_not_exists(pk)"),
            read => put
                .condition_expression("r = :read")
                .expression_attribute_values(":read", N(read.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(document),
            Err(error) if condition_failed(&error) => Err(ViewError::Changed),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn read<T: DeserializeOwned>(item: &HashMap<String, AttributeValue>) -> Result<Document<T>, ViewError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str);
    let revision = item.get("r").and_then(|r| r.as_n().ok()?.parse().ok());
    let content = serde_json::from_str(text("j")).ok();
    let (Some(revision), Some(content)) = (revision, content) else {
        return Err(unreadable(text("pk"), text("sk"), "it has another shape"));
    };
    Ok(Document { name: text("sk").into(), revision, content })
}

fn unreadable(collection: &str, name: &str, reason: &str) -> ViewError {
    ViewError::Unreadable { key: format!("{collection}/{name}"), reason: reason.into() }
}

fn unavailable(error: &dyn std::error::Error) -> ViewError {
    ViewError::Unavailable(chain(error))
}
