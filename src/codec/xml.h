// SPDX-License-Identifier: Apache-2.0
// A strict reader for the part of XML 1.0 with namespaces that signed reference
// manifests are written in: one root element, attributes, text, the five
// predefined references. Refuses everything else, though it be well-formed:
// DOCTYPE, comments, CDATA, processing instructions, character references,
// carriage returns, line ends and tabs in attributes, white space around '=',
// names that are not ASCII or begin with "xml", attributes of the xml: prefix,
// namespaces that are not plain http(s) addresses. So every value is the bytes
// that stand there, and canonical XML 1.0 and 1.1 are the same.
// Around the root only white space, and an XML declaration (1.0, UTF-8) before.
//
// parse() copies no text: Document borrows `in`, which must outlive it. Pure; a
// Document may be read from many threads. Errors (offset says where):
// xml_invalid, xml_unsupported, xml_namespace, xml_duplicate_attribute,
// xml_invalid_utf8, xml_too_large, xml_too_deep, xml_too_many.
// Source: W3C XML 1.0 (5th ed.), Namespaces in XML 1.0 (3rd ed.).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace aipg::codec::xml {

struct Limits {
  std::size_t max_bytes = 1 << 20;
  unsigned max_depth = 32;                      // the root has depth 1
  std::size_t max_nodes = 1 << 16;              // elements and texts: bounds memory
  std::size_t max_attributes = 1 << 16;         // of all elements, namespace declarations included
  std::size_t max_attributes_of_element = 256;  // the same, of one
  std::size_t max_namespaces = 64;              // in scope at once
};

// A name by what it means: no namespace is an empty `uri`.
struct Name {
  std::string_view qualified;  // as it stands, "ds:Signature"
  std::string_view local;
  std::string_view uri;
  [[nodiscard]] bool is(std::string_view u, std::string_view l) const { return uri == u && local == l; }
};

struct Attribute {
  Name name;
  std::string_view raw;  // between its quotes: predefined references are not replaced
};

struct Namespace {
  std::string_view prefix;  // empty: the default namespace
  std::string_view uri;     // empty: no default namespace from here on
};

class Document;

// An element or a text inside a Document; cheap to copy, valid while the Document lives.
class Node {
 public:
  [[nodiscard]] bool is_element() const;
  [[nodiscard]] bool is_element(std::string_view uri, std::string_view local) const;
  // Of an element; empty for texts.
  [[nodiscard]] const Name& name() const;
  // In canonical order: by namespace, then by local name.
  [[nodiscard]] std::span<const Attribute> attributes() const;
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view uri, std::string_view local) const;
  // Those declared on this very element, by prefix.
  [[nodiscard]] std::span<const Namespace> namespaces() const;
  // Of a text, as it stands; empty for elements.
  [[nodiscard]] std::string_view raw() const;
  [[nodiscard]] bool is_white_space() const;  // a text of nothing else
  // The content of an element that holds text alone, or nothing, without references; nullopt otherwise.
  [[nodiscard]] std::optional<std::string_view> plain_text() const;

  [[nodiscard]] std::optional<Node> parent() const;
  // Elements and texts, in order. No two texts follow each other.
  [[nodiscard]] std::optional<Node> first_child() const;
  [[nodiscard]] std::optional<Node> next_sibling() const;
  // The next node of the document in its order, whatever its depth.
  [[nodiscard]] std::optional<Node> next_in_document() const;

  friend bool operator==(const Node&, const Node&) = default;

 private:
  friend class Document;
  Node(const Document* document, std::size_t index) : document_(document), index_(index) {}
  const Document* document_;
  std::size_t index_;
};

[[nodiscard]] Result<Document> parse(std::string_view in, const Limits& limits = {});

class Document {
 public:
  [[nodiscard]] Node root() const { return Node(this, 0); }

 private:
  friend class Node;
  friend class Parser;
  struct Item {
    Name name;             // elements
    std::string_view raw;  // texts
    std::uint32_t parent = 0;
    std::uint32_t end = 0;  // index just past this node's subtree
    std::uint32_t first_attribute = 0, attributes = 0;
    std::uint32_t first_namespace = 0, namespaces = 0;
  };
  std::vector<Item> items_;
  std::vector<Attribute> attributes_;
  std::vector<Namespace> namespaces_;
};

}  // namespace aipg::codec::xml
