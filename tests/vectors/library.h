// SPDX-License-Identifier: Apache-2.0
// All vectors by file name, because one may build on another: a negative says
// which positive it edits, an answer which request it answers.
#pragma once

#include <map>
#include <string>

#include "value.h"

namespace aipg::vectors {

class Library {
 public:
  // Reads every *.json under `folder`. Throws when there is none.
  static Library read(const std::string& folder);

  void add(const std::string& file, Value document) { documents_.insert_or_assign(file, std::move(document)); }
  [[nodiscard]] const Value& find(const std::string& file) const;
  [[nodiscard]] const std::map<std::string, Value>& documents() const { return documents_; }

  // The bytes a field names: hexadecimal text, or {of, edit}: what the vector
  // `of` has or makes, with edit {at, remove, insert} applied.
  [[nodiscard]] Bytes resolve(const Value& field) const;

 private:
  [[nodiscard]] Bytes made_by(const std::string& file) const;

  std::map<std::string, Value> documents_;
};

}  // namespace aipg::vectors
