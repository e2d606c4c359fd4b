//! The attribute that binds a Rust function to a Python signature.
//!
//! ```ignore
//! /// Append object to the end of the list.
//! #[native("append($self, object, /)")]
//! fn list_append(t: &Thread, this: Ref<List>, object: Value) -> R<()> { .. }
//! ```
//! keeps the function and adds `pub static LIST_APPEND: vm::native::NativeDef`: name, parameters, text signature, doc string
//! and an entry that converts the arguments (`FromArg`) and the result (`IntoResult`). A parameter whose default is an int,
//! a bool or a float gets that literal when it is not given; with any other default the Rust type says what "not given"
//! is (`Option<T>`: `None`). `#[native("print", raw)]` binds a function that takes `Args` as they come; a signature may
//! be given there too and is then only shown.

#![forbid(unsafe_code)]

mod signature;

use proc_macro::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, ExprLit, Ident, ItemFn, Lit, LitStr, Meta, Token, parse_macro_input};

use signature::{Default, Kind, Parameter, Signature};

struct NativeArguments {
    signature: LitStr,
    raw: bool,
}

impl Parse for NativeArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let signature = input.parse()?;
        let mut raw = false;
        if input.parse::<Option<Token![,]>>()?.is_some() {
            let word: Ident = input.parse()?;
            if word != "raw" {
                return Err(syn::Error::new(word.span(), "the only option is `raw`"));
            }
            raw = true;
        }
        Ok(Self { signature, raw })
    }
}

/// Binds a function to the Python signature given as a string.
#[proc_macro_attribute]
pub fn native(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments = parse_macro_input!(arguments as NativeArguments);
    let function = parse_macro_input!(item as ItemFn);
    expand(&arguments, &function).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(arguments: &NativeArguments, function: &ItemFn) -> syn::Result<proc_macro2::TokenStream> {
    let signature = Signature::parse(&arguments.signature.value())
        .map_err(|message| syn::Error::new(arguments.signature.span(), message))?;
    let function_name = &function.sig.ident;
    let definition = format_ident!("{}", function_name.to_string().trim_start_matches("r#").to_uppercase());
    let name = &signature.name;
    let text = &signature.text;
    let doc = doc_comment(function);
    let parameters = signature.parameters.iter().map(parameter_tokens);
    let call = if arguments.raw {
        quote!(::vm::native::NativeCall::Raw(entry))
    } else {
        quote!(::vm::native::NativeCall::Bound(entry))
    };
    let entry = if arguments.raw { raw_entry(function) } else { bound_entry(&signature, function, &definition)? };
    Ok(quote! {
        #function
        #[allow(missing_docs, reason = "the function beside it is documented")]
        pub static #definition: ::vm::native::NativeDef = {
            #entry
            const PARAMETERS: &[::vm::native::Parameter] = &[#(#parameters),*];
            ::vm::native::NativeDef {
                name: #name,
                signature: #text,
                doc: #doc,
                parameters: PARAMETERS,
                call: #call,
                by_position: ::vm::native::ByPosition::of(PARAMETERS),
            }
        };
    })
}

fn raw_entry(function: &ItemFn) -> proc_macro2::TokenStream {
    let name = &function.sig.ident;
    quote! {
        fn entry(t: &::vm::Thread, args: ::vm::native::Args<'_>) -> ::vm::R {
            ::vm::native::IntoResult::into_result(#name(t, args), t)
        }
    }
}

fn bound_entry(signature: &Signature, function: &ItemFn, definition: &Ident) -> syn::Result<proc_macro2::TokenStream> {
    let expected = signature.parameters.len();
    let actual = function.sig.inputs.len();
    if actual != expected + 1 {
        let message = format!(
            "the signature has {expected} parameters, the function takes {} after the thread",
            actual.saturating_sub(1)
        );
        return Err(syn::Error::new_spanned(&function.sig.inputs, message));
    }
    let name = &function.sig.ident;
    let conversions = signature.parameters.iter().enumerate().map(|(index, parameter)| {
        let given = quote!(::vm::native::from_argument(t, args[#index], &#definition, #index)?);
        let takes_literal = !function.sig.inputs.get(index + 1).is_some_and(is_optional_or_value);
        match literal(&parameter.default).filter(|_| takes_literal) {
            Some(literal) => quote!(match args[#index] { None => #literal, Some(_) => #given }),
            None => given,
        }
    });
    Ok(quote! {
        fn entry(t: &::vm::Thread, args: &[Option<::vm::Value>]) -> ::vm::R {
            let _ = args;
            ::vm::native::IntoResult::into_result(#name(t, #(#conversions),*), t)
        }
    })
}

/// Whether a parameter's type says itself what "not given" is: `Option<T>`, `Value`.
fn is_optional_or_value(argument: &syn::FnArg) -> bool {
    let syn::FnArg::Typed(argument) = argument else { return false };
    let syn::Type::Path(path) = &*argument.ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "Option" || segment.ident == "Value")
}

fn literal(default: &Default) -> Option<proc_macro2::TokenStream> {
    match default {
        Default::Int(number) => {
            let number = proc_macro2::Literal::i64_unsuffixed(*number);
            Some(quote!(#number))
        }
        Default::Bool(truth) => Some(quote!(#truth)),
        Default::Float(number) => Some(quote!(#number)),
        Default::Required | Default::None | Default::Other => None,
    }
}

fn parameter_tokens(parameter: &Parameter) -> proc_macro2::TokenStream {
    let name = &parameter.name;
    let kind = match parameter.kind {
        Kind::PositionalOnly => quote!(PositionalOnly),
        Kind::PositionalOrKeyword => quote!(PositionalOrKeyword),
        Kind::VarPositional => quote!(VarPositional),
        Kind::KeywordOnly => quote!(KeywordOnly),
        Kind::VarKeyword => quote!(VarKeyword),
    };
    let required = matches!(parameter.default, Default::Required);
    let receiver = parameter.receiver;
    quote! {
        ::vm::native::Parameter {
            name: #name,
            kind: ::vm::native::ParameterKind::#kind,
            required: #required,
            receiver: #receiver,
        }
    }
}

fn doc_comment(function: &ItemFn) -> String {
    let lines = function.attrs.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned()).collect();
    lines.join("\n")
}
