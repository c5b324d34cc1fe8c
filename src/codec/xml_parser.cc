// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "codec/utf8.h"
#include "codec/xml.h"
#include "codec/xml_characters.h"

namespace aipg::codec::xml {
namespace {

// Qualified name, split but not resolved.
struct SplitName {
  std::string_view qualified, prefix, local;
};

bool begins_with_xml(std::string_view name) {
  constexpr std::string_view kXml = "xml";
  return name.size() >= kXml.size() &&
         std::ranges::equal(name.substr(0, 3), kXml, [](char a, char b) { return (a | 0x20) == b; });
}

bool in_canonical_order(const Attribute& a, const Attribute& b) {
  return a.name.uri != b.name.uri ? a.name.uri < b.name.uri : a.name.local < b.name.local;
}

}  // namespace

// Reads from front to back, without recursion: the elements that are open are a list.
class Parser {
 public:
  Parser(std::string_view in, const Limits& limits) : in_(in), limits_(limits) {}

  Result<Document> run() {
    AIPG_CHECK(check_characters());
    AIPG_CHECK(read_declaration());
    skip_space();
    AIPG_CHECK(read_start_tag());
    while (!open_.empty()) AIPG_CHECK(read_content());
    skip_space();
    if (at_ != in_.size()) return unexpected_here("after the root");
    return std::move(out_);
  }

 private:
  struct RawAttribute {
    SplitName name;
    std::string_view raw;
    std::size_t offset;
  };

  Result<void> check_characters() const {
    // 32 bits are enough for every index, whatever the limits say.
    if (in_.size() > limits_.max_bytes || in_.size() > UINT32_MAX) return fail("xml_too_large");
    if (!is_utf8(in_)) return fail("xml_invalid_utf8");
    if (const auto at = find_forbidden(in_)) {
      if (in_[*at] == '\r') return fail("xml_unsupported", "carriage return", *at);
      return fail("xml_invalid", "character", *at);
    }
    return {};
  }

  [[nodiscard]] std::string_view rest() const { return in_.substr(at_); }
  [[nodiscard]] bool peek(char c) const { return at_ < in_.size() && in_[at_] == c; }
  bool take(std::string_view text) {
    if (!rest().starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  std::size_t skip_space() {
    const std::size_t before = at_;
    while (at_ < in_.size() && is_space(in_[at_])) ++at_;
    return at_ - before;
  }

  // Says whether what stands here is XML that we do not take, or no XML at all.
  [[nodiscard]] std::unexpected<Error> unexpected_here(Literal where) const {
    if (rest().starts_with("<!") || rest().starts_with("<?")) return fail("xml_unsupported", "declaration", at_);
    return fail("xml_invalid", where, at_);
  }

  // <?xml version="1.0" encoding="UTF-8" standalone="no"?>, the last two optional.
  Result<void> read_declaration() {
    if (!take("<?xml version=\"1.0\"")) return {};
    if (take(" encoding=\"") && !take("UTF-8\"") && !take("utf-8\"")) return fail("xml_unsupported", "encoding", at_);
    if (take(" standalone=\"") && !take("yes\"") && !take("no\"")) return fail("xml_invalid", "standalone", at_);
    if (!take("?>")) return fail("xml_invalid", "declaration", at_);
    return {};
  }

  Result<SplitName> read_name() {
    const std::size_t start = at_;
    const auto part = [this]() -> std::string_view {
      const std::string_view name = rest().substr(0, name_bytes(rest()));
      at_ += name.size();
      return name;
    };
    SplitName out;
    out.local = part();
    if (out.local.empty()) return unexpected_here("name");
    if (take(":")) {
      out.prefix = out.local;
      out.local = part();
      if (out.local.empty() || peek(':')) return fail("xml_invalid", "name", at_);
    }
    out.qualified = in_.substr(start, at_ - start);
    return out;
  }

  // Every '&' must begin a predefined reference.
  [[nodiscard]] Result<void> check_references(std::string_view text) const {
    for (std::size_t i = text.find('&'); i != text.npos; i = text.find('&', i + 1)) {
      if (predefined_reference(text.substr(i))) continue;
      const std::size_t offset = static_cast<std::size_t>(text.data() - in_.data()) + i;
      if (text.substr(i).starts_with("&#")) return fail("xml_unsupported", "character reference", offset);
      return fail("xml_invalid", "reference", offset);
    }
    return {};
  }

  Result<std::string_view> read_value() {
    if (!peek('"') && !peek('\'')) return unexpected_here("attribute value");
    const char quote = in_[at_++];
    const std::size_t end = in_.find(quote, at_);
    if (end == in_.npos) return fail("xml_invalid", "attribute value", at_);
    const std::string_view raw = in_.substr(at_, end - at_);
    if (raw.contains('<')) return fail("xml_invalid", "attribute value", at_ + raw.find('<'));
    if (raw.find_first_of("\t\n") != raw.npos) return fail("xml_unsupported", "line end in attribute", at_);
    AIPG_CHECK(check_references(raw));
    at_ = end + 1;
    return raw;
  }

  // Attributes and namespace declarations up to '>' or '/>', into raw_.
  Result<void> read_attributes() {
    raw_.clear();
    for (;;) {
      const bool spaced = skip_space() != 0;
      if (peek('>') || peek('/')) return {};
      if (!spaced) return unexpected_here("tag");
      const std::size_t offset = at_;
      AIPG_TRY(const SplitName name, read_name());
      if (!take("=")) return unexpected_here("attribute");
      AIPG_TRY(const std::string_view raw, read_value());
      if (raw_.size() == limits_.max_attributes_of_element || ++attributes_read_ > limits_.max_attributes) {
        return fail("xml_too_many", "attributes", offset);
      }
      raw_.push_back({name, raw, offset});
    }
  }

  static bool is_declaration(const SplitName& name) { return name.qualified == "xmlns" || name.prefix == "xmlns"; }

  Result<void> declare(const RawAttribute& from) {
    const bool is_default = from.name.prefix.empty();
    const Namespace made{is_default ? std::string_view() : from.name.local, from.raw};
    if (begins_with_xml(made.prefix)) return fail("xml_namespace", "reserved prefix", from.offset);
    const bool undeclared = is_default && made.uri.empty();
    if (!undeclared && !is_plain_address(made.uri)) return fail("xml_namespace", "address", from.offset);
    if (made.uri.starts_with("http://www.w3.org/XML/1998/namespace") ||
        made.uri.starts_with("http://www.w3.org/2000/xmlns/")) {
      return fail("xml_namespace", "reserved address", from.offset);
    }
    if (scope_.size() == limits_.max_namespaces) return fail("xml_too_many", "namespaces", from.offset);
    scope_.push_back(made);
    out_.namespaces_.push_back(made);
    return {};
  }

  Result<void> read_declarations(Document::Item& item) {
    item.first_namespace = static_cast<std::uint32_t>(out_.namespaces_.size());
    for (const RawAttribute& each : raw_) {
      if (is_declaration(each.name)) AIPG_CHECK(declare(each));
    }
    const auto own = std::span(out_.namespaces_).subspan(item.first_namespace);
    item.namespaces = static_cast<std::uint32_t>(own.size());
    std::ranges::sort(own, {}, &Namespace::prefix);
    const bool twice = std::ranges::adjacent_find(own, {}, &Namespace::prefix) != own.end();
    if (twice) return fail("xml_duplicate_attribute", "namespace", at_);
    return {};
  }

  // The namespace of an unprefixed attribute is none, not the default one.
  enum class Unprefixed : std::uint8_t { none, default_namespace };
  [[nodiscard]] Result<Name> resolve(const SplitName& name, Unprefixed unprefixed, std::size_t offset) const {
    if (begins_with_xml(name.prefix) || begins_with_xml(name.local)) {
      return fail("xml_namespace", "reserved name", offset);
    }
    if (name.prefix.empty() && unprefixed == Unprefixed::none) return Name{name.qualified, name.local, {}};
    const auto found = std::ranges::find(scope_.rbegin(), scope_.rend(), name.prefix, &Namespace::prefix);
    if (found != scope_.rend()) return Name{name.qualified, name.local, found->uri};
    if (!name.prefix.empty()) return fail("xml_namespace", "undeclared prefix", offset);
    return Name{name.qualified, name.local, {}};
  }

  Result<void> resolve_attributes(Document::Item& item) {
    item.first_attribute = static_cast<std::uint32_t>(out_.attributes_.size());
    for (const RawAttribute& each : raw_) {
      if (is_declaration(each.name)) continue;
      AIPG_TRY(const Name name, resolve(each.name, Unprefixed::none, each.offset));
      out_.attributes_.push_back({name, each.raw});
    }
    const auto own = std::span(out_.attributes_).subspan(item.first_attribute);
    item.attributes = static_cast<std::uint32_t>(own.size());
    std::ranges::sort(own, in_canonical_order);
    const auto same = [](const Attribute& a, const Attribute& b) { return b.name.is(a.name.uri, a.name.local); };
    if (std::ranges::adjacent_find(own, same) != own.end()) return fail("xml_duplicate_attribute", {}, at_);
    return {};
  }

  Result<void> add(Document::Item item) {
    if (out_.items_.size() == limits_.max_nodes) return fail("xml_too_many", "nodes", at_);
    item.parent = open_.empty() ? 0 : open_.back().index;
    item.end = static_cast<std::uint32_t>(out_.items_.size() + 1);
    out_.items_.push_back(item);
    return {};
  }

  // What is in scope again once the element that is about to open has closed.
  struct Open {
    std::uint32_t index;
    std::size_t scope;
  };

  Result<void> read_start_tag() {
    const std::size_t offset = at_, scope = scope_.size();
    if (rest().starts_with("<!") || rest().starts_with("<?") || !take("<")) return unexpected_here("element");
    AIPG_TRY(const SplitName name, read_name());
    AIPG_CHECK(read_attributes());
    Document::Item item;
    AIPG_CHECK(read_declarations(item));
    AIPG_TRY(item.name, resolve(name, Unprefixed::default_namespace, offset));
    AIPG_CHECK(resolve_attributes(item));
    AIPG_CHECK(add(item));
    open_.push_back({static_cast<std::uint32_t>(out_.items_.size() - 1), scope});
    if (open_.size() > limits_.max_depth) return fail("xml_too_deep", {}, offset);
    if (take("/>")) return close(), Result<void>();
    if (!take(">")) return fail("xml_invalid", "tag", at_);
    return {};
  }

  void close() {
    out_.items_[open_.back().index].end = static_cast<std::uint32_t>(out_.items_.size());
    scope_.resize(open_.back().scope);
    open_.pop_back();
  }

  Result<void> read_end_tag() {
    const std::size_t offset = at_ - 2;
    AIPG_TRY(const SplitName name, read_name());
    skip_space();
    if (!take(">")) return fail("xml_invalid", "tag", at_);
    const std::string_view open = out_.items_[open_.back().index].name.qualified;
    if (name.qualified != open) return fail("xml_invalid", "end tag", offset);
    close();
    return {};
  }

  Result<void> read_text() {
    const std::size_t end = std::min(in_.find('<', at_), in_.size());
    const std::string_view raw = in_.substr(at_, end - at_);
    if (const std::size_t stray = raw.find("]]>"); stray != raw.npos) return fail("xml_invalid", "text", at_ + stray);
    AIPG_CHECK(check_references(raw));
    Document::Item item;
    item.raw = raw;
    AIPG_CHECK(add(item));
    at_ = end;
    return {};
  }

  // One text or one tag inside the innermost open element.
  Result<void> read_content() {
    if (at_ == in_.size()) return fail("xml_invalid", "end", at_);
    if (!peek('<')) return read_text();
    if (take("</")) return read_end_tag();
    return read_start_tag();
  }

  std::string_view in_;
  const Limits& limits_;
  std::size_t at_ = 0, attributes_read_ = 0;
  Document out_;
  std::vector<Open> open_;
  std::vector<Namespace> scope_;  // innermost last
  std::vector<RawAttribute> raw_;
};

Result<Document> parse(std::string_view in, const Limits& limits) { return Parser(in, limits).run(); }

}  // namespace aipg::codec::xml
