// SPDX-License-Identifier: Apache-2.0
// The status page: one HTML document without a script, with its style in it,
// which its policy names by hash; nothing is loaded from anywhere. It asks the
// browser to come again. Pure. Everything that is not ours is escaped.
#pragma once

#include "net/http.h"
#include "proxy/status.h"

namespace aipg::proxy {

[[nodiscard]] std::string status_page(const Status& status);
// For the page and its JSON: what a browser may do with them, which is to show them.
[[nodiscard]] net::Headers page_headers();
// Text between tags or in a quoted attribute; control characters become U+FFFD.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace aipg::proxy
