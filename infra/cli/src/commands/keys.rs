use infra_local::secrets::{self, Rotated, Secrets};

use crate::{
    Failure,
    arguments::{Key, Keys},
    home, show,
};

pub(crate) fn run(command: Keys) -> Result<(), Failure> {
    match command {
        Keys::New => show::line(&secrets::draw()?.to_base64()),
        Keys::Rotate { key, data } => {
            let _lock = home::lock(&data.folder)?;
            Secrets::rotate(&data.folder, rotated(key))?;
            show::line(
                "There is a new key. What was made with the old one works on, until `keys drop-previous`.",
            )
        }
        Keys::DropPrevious { key, data } => {
            let _lock = home::lock(&data.folder)?;
            Secrets::drop_other(&data.folder, rotated(key))?;
            show::line("The old key is gone.")
        }
    }
}

fn rotated(key: Key) -> Rotated {
    match key {
        Key::Confirmation => Rotated::Confirmation,
        Key::Cursor => Rotated::Cursor,
        Key::Webhook => Rotated::Webhook,
        Key::Issuer => Rotated::Issuer,
    }
}
