use super::load::Load;
use crate::rollcall::{Backend, Home};

/// A backend that is killed now and then.
pub(super) struct Unsteady<'a> {
    home: &'a Home,
    port: u16,
    running: Option<Backend>,
    kills: usize,
}

impl<'a> Unsteady<'a> {
    pub(super) fn start(home: &'a Home) -> Self {
        let backend = Backend::start(home);
        Self { home, port: backend.port, running: Some(backend), kills: 0 }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn kills(&self) -> usize {
        self.kills
    }

    pub(super) fn kill(&mut self, load: &Load) {
        load.goes_down();
        self.running.take().unwrap().kill();
        self.kills += 1;
    }

    pub(super) fn start_again(&mut self, load: &Load) {
        self.running = Some(Backend::start_at(self.port, self.home));
        load.is_up();
    }
}
