//! The command lines that cure what the doctor finds, ready to be pasted.

use std::path::Path;

use headroom_core::Group;

/// What the command lines have in common: where the fleet is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Commands<'a> {
    /// The fleet's file, where one was named.
    pub(crate) config: Option<&'a Path>,
    /// The store's URL.
    pub(crate) store: &'a str,
}

impl Commands<'_> {
    fn place(&self) -> String {
        let config = self.config.map_or_else(String::new, |path| format!("--config {} ", quoted(&path.display().to_string())));
        format!("{config}--store {}", quoted(self.store))
    }

    /// Takes a kill switch back: the fleet's, or a group's.
    pub(crate) fn resume(&self, group: Option<&str>) -> String {
        let group = group.map_or_else(String::new, |group| format!("--group {group} "));
        format!("headroom resume {group}--store {}", quoted(self.store))
    }

    /// Throws the kill switch anew.
    pub(crate) fn stop(&self, group: Option<&str>) -> String {
        self.resume(group).replacen("resume", "stop", 1)
    }

    /// Lets the change pass that waits.
    pub(crate) fn approve(&self, group: &str) -> String {
        format!("headroom approve --group {group} --store {}", quoted(self.store))
    }

    /// Trains a model of the group.
    pub(crate) fn train(&self, group: &str) -> String {
        format!("trainer train --group {group} {}", self.place())
    }

    /// Serves the model before.
    pub(crate) fn rollback(&self, group: &str) -> String {
        format!("trainer rollback --group {group} --store {}", quoted(self.store))
    }

    /// Fills the history from the cloud, or from a file where there is no cloud.
    pub(crate) fn import(&self, group: &Group) -> String {
        if group.provider == "aws" {
            return format!("trainer import --group {} {}", group.id, self.place());
        }
        format!("trainer import --csv FILE.csv --group {} --store {}", group.id, quoted(self.store))
    }

    /// Puts the file at `path` under `key` of the store.
    pub(crate) fn put(&self, path: &Path, key: &str) -> String {
        let (from, store) = (quoted(&path.display().to_string()), self.store.trim_end_matches('/'));
        match store.strip_prefix("file://") {
            Some(folder) => format!("cp {from} {}", quoted(&format!("{folder}/{key}"))),
            None => format!("aws s3 cp {from} {}", quoted(&format!("{store}/{key}"))),
        }
    }

    /// Shows what is stored under `key`.
    pub(crate) fn show(&self, key: &str) -> String {
        let store = self.store.trim_end_matches('/');
        match store.strip_prefix("file://") {
            Some(folder) => format!("cat {}", quoted(&format!("{folder}/{key}"))),
            None => format!("aws s3 cp {} -", quoted(&format!("{store}/{key}"))),
        }
    }

    /// Shows what would be done now, and why.
    pub(crate) fn plan(&self, group: &str) -> String {
        format!("headroom plan --group {group} {}", self.place())
    }

    /// Makes the backtest of the group anew.
    pub(crate) fn backtest(&self, group: &str) -> String {
        format!("headroom backtest --group {group} --store {}", quoted(self.store))
    }

    /// Takes what is stored under `key` out of the store, into a file of this folder.
    pub(crate) fn take_away(&self, key: &str) -> String {
        let (store, to) = (self.store.trim_end_matches('/'), key.replace('/', "-"));
        match store.strip_prefix("file://") {
            Some(folder) => format!("mv {} {to}", quoted(&format!("{folder}/{key}"))),
            None => format!("aws s3 mv {} {to}", quoted(&format!("{store}/{key}"))),
        }
    }

    /// Shows what earlier versions there are of what is stored under `key`; a folder has none, and shows it.
    pub(crate) fn versions(&self, key: &str) -> String {
        let Some(rest) = self.store.trim_end_matches('/').strip_prefix("s3://") else { return self.show(key) };
        let (bucket, prefix) =
            rest.split_once('/').map_or((rest, String::new()), |(bucket, prefix)| (bucket, format!("{prefix}/")));
        format!(
            "aws s3api list-object-versions --bucket {bucket} --prefix {} --query 'Versions[].[LastModified,VersionId,Size]' --output text",
            quoted(&format!("{prefix}{key}"))
        )
    }

    /// Shows what the cloud says of the last changes of the group's size.
    pub(crate) fn activities(&self, group: &Group) -> String {
        format!(
            "aws autoscaling describe-scaling-activities --auto-scaling-group-name {} --max-items 5 \
             --query 'Activities[].[StatusCode,StatusMessage]'{}",
            quoted(group.auto_scaling_group.as_deref().unwrap_or_default()),
            region(group)
        )
    }

    /// Shows whether the functions are on schedule.
    pub(crate) fn schedules(&self, group: &Group) -> String {
        format!("aws scheduler list-schedules --query 'Schedules[].[Name,State]' --output text{}", region(group))
    }
}

/// The option that names the region of a group; empty where it has none.
pub(crate) fn region(group: &Group) -> String {
    group.region.as_ref().map_or_else(String::new, |region| format!(" --region {region}"))
}

/// `text` as one word of a shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-=@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_name_the_place_and_can_be_pasted() {
        let config = Path::new("my fleet.toml");
        let at = |store| Commands { config: Some(config), store };
        let s3 = at("s3://bucket/headroom");
        assert_eq!(s3.train("web"), "trainer train --group web --config 'my fleet.toml' --store s3://bucket/headroom");
        assert_eq!(s3.resume(None), "headroom resume --store s3://bucket/headroom");
        assert_eq!(s3.stop(Some("web")), "headroom stop --group web --store s3://bucket/headroom");
        assert_eq!(s3.put(config, "config/fleet.toml"), "aws s3 cp 'my fleet.toml' s3://bucket/headroom/config/fleet.toml");
        let local = at("file:///var/lib/headroom/");
        assert_eq!(local.put(config, "config/fleet.toml"), "cp 'my fleet.toml' /var/lib/headroom/config/fleet.toml");
        let day = "decisions/group=web/date=2026-11-27.jsonl";
        let aside = "decisions-group=web-date=2026-11-27.jsonl";
        assert_eq!(s3.take_away(day), format!("aws s3 mv s3://bucket/headroom/{day} {aside}"));
        assert_eq!(local.take_away(day), format!("mv /var/lib/headroom/{day} {aside}"));
        let versions = "aws s3api list-object-versions --bucket bucket --prefix headroom/audit/x.jsonl --query";
        assert!(s3.versions("audit/x.jsonl").starts_with(versions), "{}", s3.versions("audit/x.jsonl"));
        let whole = at("s3://bucket");
        assert!(whole.versions("audit/x.jsonl").contains(" --bucket bucket --prefix audit/x.jsonl "));
        assert_eq!(local.versions("audit/x.jsonl"), "cat /var/lib/headroom/audit/x.jsonl");
        let without = Commands { config: None, store: "file:///x" };
        assert_eq!(without.import(&Group::simulated("web")), "trainer import --csv FILE.csv --group web --store file:///x");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
