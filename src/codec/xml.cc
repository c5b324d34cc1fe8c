// SPDX-License-Identifier: Apache-2.0
#include "codec/xml.h"

#include <algorithm>

namespace aipg::codec::xml {

bool Node::is_element() const { return !name().qualified.empty(); }

bool Node::is_element(std::string_view uri, std::string_view local) const {
  return is_element() && name().is(uri, local);
}

const Name& Node::name() const { return document_->items_[index_].name; }

std::span<const Attribute> Node::attributes() const {
  const Document::Item& item = document_->items_[index_];
  return std::span(document_->attributes_).subspan(item.first_attribute, item.attributes);
}

std::optional<std::string_view> Node::attribute(std::string_view uri, std::string_view local) const {
  const auto all = attributes();
  const auto found = std::ranges::find_if(all, [&](const Attribute& each) { return each.name.is(uri, local); });
  if (found == all.end()) return std::nullopt;
  return found->raw;
}

std::span<const Namespace> Node::namespaces() const {
  const Document::Item& item = document_->items_[index_];
  return std::span(document_->namespaces_).subspan(item.first_namespace, item.namespaces);
}

std::string_view Node::raw() const { return document_->items_[index_].raw; }

bool Node::is_white_space() const { return !is_element() && raw().find_first_not_of(" \t\n") == raw().npos; }

std::optional<std::string_view> Node::plain_text() const {
  if (!is_element()) return std::nullopt;
  const auto child = first_child();
  if (!child) return std::string_view();
  // No two texts follow each other, so one alone is the whole content.
  const bool alone = !child->is_element() && !child->next_sibling();
  if (!alone || child->raw().contains('&')) return std::nullopt;
  return child->raw();
}

std::optional<Node> Node::parent() const {
  if (index_ == 0) return std::nullopt;
  return Node(document_, document_->items_[index_].parent);
}

std::optional<Node> Node::first_child() const {
  if (document_->items_[index_].end == index_ + 1) return std::nullopt;
  return Node(document_, index_ + 1);
}

std::optional<Node> Node::next_sibling() const {
  const auto above = parent();
  const std::size_t next = document_->items_[index_].end;
  if (!above || next == document_->items_[above->index_].end) return std::nullopt;
  return Node(document_, next);
}

std::optional<Node> Node::next_in_document() const {
  if (index_ + 1 == document_->items_.size()) return std::nullopt;
  return Node(document_, index_ + 1);
}

}  // namespace aipg::codec::xml
