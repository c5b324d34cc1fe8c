// SPDX-License-Identifier: Apache-2.0
#include "codec/xml_c14n.h"

#include <algorithm>

#include "codec/xml_characters.h"

namespace aipg::codec::xml {
namespace {

class Writer {
 public:
  Writer(const std::optional<Node>& left_out, const Sink& sink) : left_out_(left_out), sink_(sink) {}

  void write(const Node& apex) {
    write_element(apex, in_scope(apex));
    flush();
  }

 private:
  // Everything declared on the element or above it, innermost wins, by prefix.
  static std::vector<Namespace> in_scope(const Node& apex) {
    std::vector<Namespace> out;
    for (std::optional<Node> at = apex; at; at = at->parent()) {
      for (const Namespace& each : at->namespaces()) {
        if (std::ranges::find(out, each.prefix, &Namespace::prefix) == out.end()) out.push_back(each);
      }
    }
    std::ranges::sort(out, {}, &Namespace::prefix);
    return out;
  }

  void put(std::string_view text) {
    while (!text.empty()) {
      if (held_ == buffer_.size()) flush();
      const std::size_t n = std::min(text.size(), buffer_.size() - held_);
      std::copy_n(text.begin(), n, buffer_.begin() + static_cast<std::ptrdiff_t>(held_));
      held_ += n;
      text.remove_prefix(n);
    }
  }

  void flush() {
    if (held_ > 0) sink_(as_bytes({buffer_.data(), held_}));
    held_ = 0;
  }

  // Copies `raw`, but writes each of `special` as `replaced` says; references stand for one character.
  template <typename Replace>
  void put_replaced(std::string_view raw, std::string_view special, const Replace& replaced) {
    while (!raw.empty()) {
      const std::size_t plain = std::min(raw.find_first_of(special), raw.size());
      put(raw.substr(0, plain));
      raw.remove_prefix(plain);
      if (raw.empty()) return;
      const Reference here = predefined_reference(raw).value_or(Reference{raw.substr(0, 1), raw[0]});
      put(replaced(here));
      raw.remove_prefix(here.text.size());
    }
  }

  void put_text(std::string_view raw) {
    put_replaced(raw, "&>", [](const Reference& from) -> std::string_view {
      switch (from.stands_for) {
        case '&':
          return "&amp;";
        case '<':
          return "&lt;";
        case '>':
          return "&gt;";
        default:
          return from.stands_for == '"' ? "\"" : "'";
      }
    });
  }

  void put_value(std::string_view raw) {
    put("=\"");
    put_replaced(raw, "&\"", [](const Reference& from) -> std::string_view {
      switch (from.stands_for) {
        case '&':
          return "&amp;";
        case '<':
          return "&lt;";
        case '"':
          return "&quot;";
        default:
          return from.stands_for == '>' ? ">" : "'";
      }
    });
    put("\"");
  }

  // What the nearest element that was written says of this prefix; empty: nothing.
  [[nodiscard]] std::string_view rendered(std::string_view prefix) const {
    const auto found = std::ranges::find(rendered_.rbegin(), rendered_.rend(), prefix, &Namespace::prefix);
    return found == rendered_.rend() ? std::string_view() : found->uri;
  }

  void put_namespaces(std::span<const Namespace> declared) {
    for (const Namespace& each : declared) {
      if (rendered(each.prefix) == each.uri) continue;
      rendered_.push_back(each);
      put(each.prefix.empty() ? " xmlns" : " xmlns:");
      put(each.prefix);
      put_value(each.uri);
    }
  }

  // Depth is bounded by the reader's limit.
  void write_element(const Node& element, std::span<const Namespace> declared) {
    const std::size_t before = rendered_.size();
    const std::string_view name = element.name().qualified;
    put("<");
    put(name);
    put_namespaces(declared);
    for (const Attribute& each : element.attributes()) {
      put(" ");
      put(each.name.qualified);
      put_value(each.raw);
    }
    put(">");
    for (auto child = element.first_child(); child; child = child->next_sibling()) write_child(*child);
    put("</");
    put(name);
    put(">");
    rendered_.resize(before);
  }

  void write_child(const Node& child) {
    if (child == left_out_) return;
    if (!child.is_element()) return put_text(child.raw());
    write_element(child, child.namespaces());
  }

  const std::optional<Node>& left_out_;
  const Sink& sink_;
  std::vector<Namespace> rendered_;  // innermost last
  std::array<char, 4096> buffer_{};
  std::size_t held_ = 0;
};

}  // namespace

void canonicalize(const Node& apex, const std::optional<Node>& left_out, const Sink& sink) {
  Writer(left_out, sink).write(apex);
}

std::string canonical_text(const Node& apex, const std::optional<Node>& left_out) {
  std::string out;
  canonicalize(apex, left_out, [&out](ByteView piece) { out += as_text(piece); });
  return out;
}

}  // namespace aipg::codec::xml
