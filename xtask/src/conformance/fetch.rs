//! CPython's test suite out of Debian's packages, unpacked in the cache.
//!
//! The packages are in Debian's unstable release, so the mirror that apt already uses is asked for that release's
//! index. apt's own downloader fetches the files and checks their hashes; nothing needs installing.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace;

const RELEASE: &str = "sid";

/// The tests themselves, and the package that holds `test.support`.
const PACKAGES: [&str; 2] = ["libpython3.14-testsuite", "libpython3.14-stdlib"];

/// The folder that holds the package `test`, fetched at the first call.
pub fn suite() -> Result<PathBuf, String> {
    if let Some(own) = std::env::var_os("OPHION_TESTSUITE") {
        return Ok(PathBuf::from(own));
    }
    let cache = workspace::cache_directory()?;
    let suite = cache.join("testsuite-3.14");
    if !suite.join("test/test_list.py").is_file() {
        fetch(&cache, &suite)?;
    }
    Ok(suite)
}

fn fetch(cache: &Path, suite: &Path) -> Result<(), String> {
    let mirror = mirror()?;
    println!("fetching CPython's test suite from Debian {RELEASE} into {}", suite.display());
    let entries = index_entries(&mirror, cache)?;
    let unpacked = cache.join("unpacked");
    remove(&unpacked)?;
    for package in PACKAGES {
        let entry = entries.get(package).ok_or_else(|| format!("the mirror's {RELEASE} has no {package}"))?;
        let file = cache.join(format!("{package}.deb"));
        download(&format!("{mirror}/{}", entry.filename), &file, Some(&entry.hash))?;
        succeed(Command::new("dpkg-deb").arg("-x").arg(&file).arg(&unpacked))?;
        println!("{package} {}", entry.version);
        remove(&file)?;
    }
    remove(suite)?;
    fs::create_dir_all(suite).map_err(|error| error.to_string())?;
    fs::rename(unpacked.join("usr/lib/python3.14/test"), suite.join("test")).map_err(|error| error.to_string())?;
    remove(&unpacked)
}

struct Entry {
    filename: String,
    hash: String,
    version: String,
}

/// The wanted packages' entries in the release's index.
fn index_entries(mirror: &str, cache: &Path) -> Result<HashMap<&'static str, Entry>, String> {
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    let packed = cache.join("Packages.gz");
    let place = format!("{mirror}/dists/{RELEASE}/main/binary-{}/Packages.gz", architecture.trim());
    download(&place, &packed, None)?;
    let text = output(Command::new("gzip").args(["-dc"]).arg(&packed))?;
    remove(&packed)?;
    let entries = text.split("\n\n").filter_map(|stanza| {
        let name = field(stanza, "Package")?;
        let package = *PACKAGES.iter().find(|package| **package == name)?;
        let entry = Entry {
            filename: field(stanza, "Filename")?.to_owned(),
            hash: field(stanza, "SHA256")?.to_owned(),
            version: field(stanza, "Version")?.to_owned(),
        };
        Some((package, entry))
    });
    Ok(entries.collect())
}

fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The first Debian archive in apt's sources, in either of their two formats.
fn mirror() -> Result<String, String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let listed = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten();
    files.extend(listed.filter_map(Result::ok).map(|entry| entry.path()));
    files.sort();
    let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let is_archive = |word: &String| word.trim_end_matches('/').ends_with("/debian");
    texts
        .flat_map(|text| text.lines().flat_map(source_words).collect::<Vec<_>>())
        .find(is_archive)
        .map(|mirror| mirror.trim_end_matches('/').to_owned())
        .ok_or_else(|| {
            "apt's sources name no Debian mirror; set OPHION_TESTSUITE to a folder that holds `test`".to_owned()
        })
}

fn source_words(line: &str) -> Vec<String> {
    if line.starts_with("URIs:") || line.starts_with("deb ") {
        line.split_whitespace().skip(1).map(str::to_owned).collect()
    } else {
        Vec::new()
    }
}

fn download(from: &str, to: &Path, hash: Option<&str>) -> Result<(), String> {
    let mut command = Command::new("/usr/lib/apt/apt-helper");
    command.arg("-qq").arg("download-file").arg(from).arg(to);
    if let Some(hash) = hash {
        command.arg(format!("SHA256:{hash}"));
    }
    succeed(&mut command)
}

fn succeed(command: &mut Command) -> Result<(), String> {
    output(command).map(drop)
}

fn output(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

fn remove(path: &Path) -> Result<(), String> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}
