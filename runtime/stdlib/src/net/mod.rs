//! `_socket`.

mod address;
mod constants;
mod errors;
mod messages;
mod names;
mod numbers;
mod socket;

use vm::modules::NativeModule;
use vm::objects::Module;
use vm::{R, Ref, Thread, Value};

fn initialize(t: &Thread, module: Ref<Module>) -> R<()> {
    for group in [names::ALL, numbers::ALL, messages::ALL, socket::FUNCTIONS] {
        for function in group {
            module.add_function(t, function)?;
        }
    }
    for (name, number) in constants::NUMBERS {
        module.add_int(t, name, *number)?;
    }
    module.add(t, "has_ipv6", Value::TRUE)?;
    module.add(t, "error", t.classes().os_error.value())?;
    module.add(t, "timeout", t.classes().timeout_error.value())?;
    module.add(t, "SocketType", socket::SOCKET.get(t).value())
}

/// `_socket`.
pub static MODULE: NativeModule = NativeModule {
    name: "_socket",
    doc: "Sockets, and looking up names in the network.",
    functions: &[],
    classes: &[&socket::SOCKET, &errors::GAI_ERROR, &errors::H_ERROR],
    initialize,
};
