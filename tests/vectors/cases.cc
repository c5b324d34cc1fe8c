// SPDX-License-Identifier: Apache-2.0
#include "cases.h"

#include <stdexcept>

#include "crypto/digest.h"
#include "run.h"

namespace aipg::vectors {

void Cases::add(const std::string& file, Value document) {
  if (library_.documents().contains(file)) throw std::invalid_argument("vector: twice " + file);
  try {
    document.set("expect", run(document.at("kind").text(), document.at("input"), library_));
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(file + ": " + error.what());
  }
  library_.add(file, std::move(document));
}

void Cases::positive(const std::string& file, const std::string& kind, const std::string& why, Value input) {
  add(file, Value::Object{{"why", why}, {"kind", kind}, {"input", std::move(input)}});
  if (const std::string code = code_of(expect(file)); !code.empty()) {
    throw std::invalid_argument("vector: " + file + " should be accepted, got " + code);
  }
}

void Cases::negative(const std::string& file, const std::string& kind, const std::string& why, const std::string& edit,
                     Value input, const std::string& code) {
  add(file, Value::Object{{"why", why}, {"kind", kind}, {"edit", edit}, {"input", std::move(input)}});
  if (const std::string got = code_of(expect(file)); got != code) {
    throw std::invalid_argument("vector: " + file + " should be " + code + ", got '" + got + "'");
  }
}

void Cases::recorded(const std::string& file, const std::string& kind, const std::string& why, const std::string& edit,
                     const std::function<Value()>& make, const std::string& code) {
  const bool known = recorded_ != nullptr && recorded_->documents().contains(file);
  Value input = known ? recorded_->find(file).at("input") : make();
  if (edit.empty()) return positive(file, kind, why, std::move(input));
  negative(file, kind, why, edit, std::move(input), code);
}

std::string code_of(const Value& expect) {
  for (const char* name : {"error", "refused", "fault"}) {
    if (expect.has(name)) return expect.at(name).text();
  }
  return expect.has("sealed") ? expect.at("sealed").at("code").text() : std::string();
}

Hash256 made_of(std::string_view label) { return crypto::sha256({as_bytes("aipg vector: "), as_bytes(label)}); }

Value hex_of(std::string_view label) { return Value::hex(made_of(label)); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::invalid_argument("vector: nothing to edit: " + std::string(from));
  return text.replace(at, from.size(), to);
}

Value of(const std::string& file) { return Value::Object{{"of", file}}; }

Value edited(const std::string& file, std::size_t at, std::size_t remove, ByteView insert) {
  Value out = of(file);
  out.set("edit", Value::Object{{"at", static_cast<std::uint64_t>(at)},
                                {"remove", static_cast<std::uint64_t>(remove)},
                                {"insert", Value::hex(insert)}});
  return out;
}

Library all_cases(const Library* recorded) {
  Cases cases(recorded);
  add_binding_cases(cases);
  add_manifest_cases(cases);
  add_reference_cases(cases);
  add_epoch_cases(cases);
  add_bundle_cases(cases);
  add_evidence_cases(cases);
  add_snp_and_epoch_cases(cases);
  add_exchange_cases(cases);
  add_seal_cases(cases);
  add_preamble_cases(cases);
  add_chunk_cases(cases);
  add_open_cases(cases);
  add_inner_cases(cases);
  add_body_cases(cases);
  add_answer_cases(cases);
  add_open_answer_cases(cases);
  add_receipt_cases(cases);
  add_constant_rate_cases(cases);
  add_link_cases(cases);
  add_mux_cases(cases);
  return cases.library();
}

}  // namespace aipg::vectors
