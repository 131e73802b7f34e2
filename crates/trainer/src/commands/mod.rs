//! One file per command.

pub(crate) mod evaluate;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod predict;
pub(crate) mod pretrain;
pub(crate) mod rollback;
pub(crate) mod train;
pub(crate) mod tune;
