// SPDX-License-Identifier: Apache-2.0
// The inputs of all vectors, as code. Each function adds one area's cases, in
// an order in which a case may refer to those before it.
#pragma once

#include "library.h"

namespace aipg::vectors {

class Cases {
 public:
  // A vector whose input is accepted.
  void positive(const std::string& file, const std::string& kind, const std::string& why, Value input);
  // One edit away from a positive; `code` is what must come of it.
  void negative(const std::string& file, const std::string& kind, const std::string& why, const std::string& edit,
                Value input, const std::string& code);

  [[nodiscard]] const Library& library() const { return library_; }
  [[nodiscard]] const Value& input(const std::string& file) const { return library_.find(file).at("input"); }
  [[nodiscard]] const Value& expect(const std::string& file) const { return library_.find(file).at("expect"); }

 private:
  void add(const std::string& file, Value document);

  Library library_;
};

void add_binding_cases(Cases& cases);
void add_seal_cases(Cases& cases);
void add_preamble_cases(Cases& cases);
void add_chunk_cases(Cases& cases);
void add_open_cases(Cases& cases);
void add_inner_cases(Cases& cases);
void add_body_cases(Cases& cases);
void add_answer_cases(Cases& cases);
void add_open_answer_cases(Cases& cases);
void add_receipt_cases(Cases& cases);
void add_link_cases(Cases& cases);
void add_mux_cases(Cases& cases);

[[nodiscard]] Library all_cases();

// 32 bytes that stand for something random, always the same for a label.
[[nodiscard]] Hash256 made_of(std::string_view label);
[[nodiscard]] Value hex_of(std::string_view label);
// {of, edit}: the bytes of another vector with one splice.
[[nodiscard]] Value of(const std::string& file);
[[nodiscard]] Value edited(const std::string& file, std::size_t at, std::size_t remove, ByteView insert);
// The result's code: of its error, refusal, sealed error or fault; empty when it has none.
[[nodiscard]] std::string code_of(const Value& expect);

}  // namespace aipg::vectors
