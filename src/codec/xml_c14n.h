// SPDX-License-Identifier: Apache-2.0
// Canonical XML, inclusive and without comments, of an element and what is in
// it, or of that but one subtree (an enveloped signature). 1.0 and 1.1 differ
// in xml: attributes only, which codec/xml.h refuses, so this is both. Written
// in pieces, so that it can be hashed without being held. Pure.
// Source: W3C Canonical XML 1.0 and 1.1.
#pragma once

#include <functional>

#include "codec/xml.h"

namespace aipg::codec::xml {

using Sink = std::function<void(ByteView)>;

// Namespaces in scope at `apex` are written on it, as for any subset of a document.
void canonicalize(const Node& apex, const std::optional<Node>& left_out, const Sink& sink);
[[nodiscard]] std::string canonical_text(const Node& apex, const std::optional<Node>& left_out = std::nullopt);

}  // namespace aipg::codec::xml
