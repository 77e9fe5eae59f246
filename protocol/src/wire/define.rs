//! The macro that turns a list of messages into their bodies, kinds and codec.

/// Defines a body per message, `Kind` with the numbers on the wire, and `Message` with its codec.
macro_rules! messages {
    ($($(#[$doc:meta])* $name:ident = $kind:literal { $($(#[$field_meta:meta])+ $field:ident : $type:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, ::prost::Message)]
            pub struct $name {
                $($(#[$field_meta])+ pub $field: $type,)*
            }

            impl From<$name> for Message {
                fn from(body: $name) -> Self {
                    Self::$name(body)
                }
            }
        )*

        /// What a message is. The numbers are part of the wire format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Kind {
            $($(#[$doc])* $name = $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: [Self; [$($kind),*].len()] = [$(Self::$name),*];

            const fn from_number(number: u16) -> Option<Self> {
                match number { $($kind => Some(Self::$name),)* _ => None }
            }
        }

        /// One message.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Message {
            $($(#[$doc])* $name($name),)*
        }

        impl Message {
            /// What it is.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => Kind::$name,)* }
            }

            /// Appends it, enveloped.
            pub fn encode(&self, out: &mut Vec<u8>) {
                $crate::wire::envelope::put(self.kind() as u16, &self.body(), out);
            }

            /// As bytes, enveloped.
            pub fn to_bytes(&self) -> Vec<u8> {
                let mut out = Vec::with_capacity(32);
                self.encode(&mut out);
                out
            }

            fn body(&self) -> Vec<u8> {
                match self { $(Self::$name(body) => ::prost::Message::encode_to_vec(body),)* }
            }

            /// Reads one. `None` for a kind of a later version, which is skipped.
            pub fn decode(message: &$crate::wire::envelope::Enveloped) -> Result<Option<Self>, $crate::wire::WireError> {
                let Some(kind) = Kind::from_number(message.kind) else { return Ok(None) };
                let body = message.body.as_slice();
                Ok(Some(match kind {
                    $(Kind::$name => Self::$name(<$name as ::prost::Message>::decode(body).map_err(|_| $crate::wire::WireError::Malformed)?),)*
                }))
            }
        }
    };
}

pub(crate) use messages;
