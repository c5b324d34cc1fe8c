// SPDX-License-Identifier: Apache-2.0
// The inputs of all vectors, as code. Each function adds one area's cases, in
// an order in which a case may refer to those before it.
#pragma once

#include <functional>

#include "library.h"

namespace aipg::vectors {

class Cases {
 public:
  // `recorded` is what was stored before; null to make everything anew.
  explicit Cases(const Library* recorded) : recorded_(recorded) {}

  // A vector whose input is accepted.
  void positive(const std::string& file, const std::string& kind, const std::string& why, Value input);
  // One edit away from a positive; `code` is what must come of it.
  void negative(const std::string& file, const std::string& kind, const std::string& why, const std::string& edit,
                Value input, const std::string& code);

  // A positive without an `edit`, else a negative, whose input holds signatures that are others each time they are
  // made: what is recorded stays, and `make` is asked only for what is not.
  void recorded(const std::string& file, const std::string& kind, const std::string& why, const std::string& edit,
                const std::function<Value()>& make, const std::string& code);

  [[nodiscard]] const Library& library() const { return library_; }
  [[nodiscard]] const Value& input(const std::string& file) const { return library_.find(file).at("input"); }
  [[nodiscard]] const Value& expect(const std::string& file) const { return library_.find(file).at("expect"); }

 private:
  void add(const std::string& file, Value document);

  const Library* recorded_;
  Library library_;
};

void add_binding_cases(Cases& cases);
void add_manifest_cases(Cases& cases);
void add_reference_cases(Cases& cases);
void add_epoch_cases(Cases& cases);
void add_bundle_cases(Cases& cases);
void add_evidence_cases(Cases& cases);
void add_snp_and_epoch_cases(Cases& cases);
void add_exchange_cases(Cases& cases);
void add_seal_cases(Cases& cases);
void add_preamble_cases(Cases& cases);
void add_chunk_cases(Cases& cases);
void add_open_cases(Cases& cases);
void add_inner_cases(Cases& cases);
void add_body_cases(Cases& cases);
void add_answer_cases(Cases& cases);
void add_open_answer_cases(Cases& cases);
void add_receipt_cases(Cases& cases);
void add_constant_rate_cases(Cases& cases);
void add_link_cases(Cases& cases);
void add_mux_cases(Cases& cases);

[[nodiscard]] Library all_cases(const Library* recorded);

// 32 bytes that stand for something random, always the same for a label.
[[nodiscard]] Hash256 made_of(std::string_view label);
[[nodiscard]] Value hex_of(std::string_view label);
// The first occurrence of `from`; throws where there is none, so that no edit is an empty one.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);
// {of, edit}: the bytes of another vector with one splice.
[[nodiscard]] Value of(const std::string& file);
[[nodiscard]] Value edited(const std::string& file, std::size_t at, std::size_t remove, ByteView insert);
// The result's code: of its error, refusal, sealed error or fault; empty when it has none.
[[nodiscard]] std::string code_of(const Value& expect);

}  // namespace aipg::vectors
