//! `pwd` and `grp`: the databases of users and groups.

use host::accounts::{self, Group, Key, User};
use vm::builtins::struct_sequence::{Description, add_class, make};
use vm::modules::NativeModule;
use vm::objects::{List, Module, int_from_i64, int_of};
use vm::{Class, R, Ref, Str, Thread, Value, native, protocols};

use crate::system::{check, decode_name, encode_name, terminated};

static PASSWD: Description = Description {
    name: "pwd.struct_passwd",
    doc: "An entry of the user database.",
    fields: &["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"],
    hidden: &[],
    callable: true,
};

static GROUP: Description = Description {
    name: "grp.struct_group",
    doc: "An entry of the group database.",
    fields: &["gr_name", "gr_passwd", "gr_gid", "gr_mem"],
    hidden: &[],
    callable: true,
};

/// The class that the module shows under this name.
fn class_of(t: &Thread, module: Value, name: &str) -> R<Ref<Class>> {
    let class = protocols::get_attribute(t, module, Str::interned(t, name)?)?;
    class.downcast().ok_or_else(|| t.type_error(format_args!("{name} is not a class")))
}

fn text(t: &Thread, bytes: &[u8]) -> R {
    Ok(decode_name(t, bytes)?.value())
}

fn user_entry(t: &Thread, module: Value, user: &User) -> R {
    let [name, password, comment, home, shell] = &user.texts;
    let items = [
        text(t, name)?,
        text(t, password)?,
        int_from_i64(t, i64::from(user.user))?,
        int_from_i64(t, i64::from(user.group))?,
        text(t, comment)?,
        text(t, home)?,
        text(t, shell)?,
    ];
    make(t, class_of(t, module, "struct_passwd")?, &items, &[])
}

fn group_entry(t: &Thread, module: Value, group: &Group) -> R {
    let members = List::new(t)?;
    for member in &group.members {
        members.push(t, text(t, member)?)?;
    }
    let number = int_from_i64(t, i64::from(group.group))?;
    let items = [text(t, &group.name)?, text(t, &group.password)?, number, members.value()];
    make(t, class_of(t, module, "struct_group")?, &items, &[])
}

/// The number of an entry, or nothing if no entry can have it.
fn entry_number(t: &Thread, value: Value) -> R<Option<u32>> {
    let number = protocols::index_number(t, value)?;
    Ok(match number.to_i64() {
        Some(-1) => Some(u32::MAX),
        Some(number) => u32::try_from(number).ok(),
        None => None,
    })
}

fn not_found(t: &Thread, function: &str, what: &str, key: Value) -> R<vm::Raised> {
    let key = match int_of(key) {
        Some(_) => protocols::str(t, key)?.to_string_lossy(),
        None => protocols::repr(t, key)?.to_string_lossy(),
    };
    let text = Str::new(t, &format!("{function}(): {what} not found: {key}"))?;
    Ok(t.key_error(text.value()))
}

/// Return the password database entry for the given numeric user ID.
#[native("getpwuid($module, uid, /)")]
fn getpwuid(t: &Thread, module: Value, number: Value) -> R {
    let found = match entry_number(t, number)? {
        Some(number) => check(t, t.blocking(|| accounts::user(&Key::Number(number))))?,
        None => None,
    };
    match found {
        Some(user) => user_entry(t, module, &user),
        None => Err(not_found(t, "getpwuid", "uid", number)?),
    }
}

/// Return the password database entry for the given user name.
#[native("getpwnam($module, name, /)")]
fn getpwnam(t: &Thread, module: Value, name: Ref<Str>) -> R {
    let key = terminated(t, encode_name(t, name)?, "embedded null byte")?;
    match check(t, t.blocking(|| accounts::user(&Key::Name(&key))))? {
        Some(user) => user_entry(t, module, &user),
        None => Err(not_found(t, "getpwnam", "name", name.value())?),
    }
}

/// Return a list of all available password database entries, in arbitrary order.
#[native("getpwall($module, /)")]
fn getpwall(t: &Thread, module: Value) -> R<Ref<List>> {
    let list = List::new(t)?;
    for user in t.blocking(accounts::users) {
        list.push(t, user_entry(t, module, &user)?)?;
    }
    Ok(list)
}

/// Return the group database entry for the given numeric group ID.
#[native("getgrgid($module, id)")]
fn getgrgid(t: &Thread, module: Value, number: Value) -> R {
    let found = match entry_number(t, number)? {
        Some(number) => check(t, t.blocking(|| accounts::group(&Key::Number(number))))?,
        None => None,
    };
    match found {
        Some(group) => group_entry(t, module, &group),
        None => Err(not_found(t, "getgrgid", "gid", number)?),
    }
}

/// Return the group database entry for the given group name.
#[native("getgrnam($module, name)")]
fn getgrnam(t: &Thread, module: Value, name: Ref<Str>) -> R {
    let key = terminated(t, encode_name(t, name)?, "embedded null byte")?;
    match check(t, t.blocking(|| accounts::group(&Key::Name(&key))))? {
        Some(group) => group_entry(t, module, &group),
        None => Err(not_found(t, "getgrnam", "name", name.value())?),
    }
}

/// Return a list of all available group entries, in arbitrary order.
#[native("getgrall($module, /)")]
fn getgrall(t: &Thread, module: Value) -> R<Ref<List>> {
    let list = List::new(t)?;
    for group in t.blocking(accounts::groups) {
        list.push(t, group_entry(t, module, &group)?)?;
    }
    Ok(list)
}

fn initialize_users(t: &Thread, module: Ref<Module>) -> R<()> {
    add_class(t, module, &PASSWD).map(drop)
}

fn initialize_groups(t: &Thread, module: Ref<Module>) -> R<()> {
    add_class(t, module, &GROUP).map(drop)
}

/// `pwd`.
pub static PWD: NativeModule = NativeModule {
    name: "pwd",
    doc: "The database of users.",
    functions: &[&GETPWUID, &GETPWNAM, &GETPWALL],
    classes: &[],
    initialize: initialize_users,
};

/// `grp`.
pub static GRP: NativeModule = NativeModule {
    name: "grp",
    doc: "The database of groups.",
    functions: &[&GETGRGID, &GETGRNAM, &GETGRALL],
    classes: &[],
    initialize: initialize_groups,
};
