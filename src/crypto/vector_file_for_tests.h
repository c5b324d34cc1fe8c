// SPDX-License-Identifier: Apache-2.0
// For tests: one public vector file in JSON, and its members as bytes. A
// member that is missing or of another type fails the test that reads it.
#pragma once

#include <gtest/gtest.h>

#include "base/files_for_tests.h"
#include "base/hex.h"
#include "codec/json.h"

namespace aipg::crypto {

inline const std::string kVectors = AIPG_SOURCE_DIR "/../shared/vectors/";

class VectorFile {
 public:
  explicit VectorFile(const std::string& name)
      : text_(read_text_file(kVectors + name)), document_(codec::json::parse(text_)) {
    EXPECT_TRUE(document_) << name;
  }
  VectorFile(const VectorFile&) = delete;
  VectorFile& operator=(const VectorFile&) = delete;
  [[nodiscard]] codec::json::Value root() const { return document_.value().root(); }

 private:
  std::string text_;
  Result<codec::json::Document> document_;
};

inline codec::json::Value member(const codec::json::Value& object, std::string_view name) {
  auto found = object.find(name);
  EXPECT_TRUE(found) << name;
  return found.value();
}

inline std::string text(const codec::json::Value& object, std::string_view name) {
  auto value = member(object, name).string();
  EXPECT_TRUE(value) << name;
  return value.value_or("");
}

inline Bytes hex(const codec::json::Value& object, std::string_view name) {
  auto bytes = from_hex(text(object, name));
  EXPECT_TRUE(bytes) << name;
  return bytes.value_or(Bytes());
}

inline std::uint64_t number(const codec::json::Value& object, std::string_view name) {
  auto value = member(object, name).uint();
  EXPECT_TRUE(value) << name;
  return value.value_or(0);
}

}  // namespace aipg::crypto
