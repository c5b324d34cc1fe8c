// SPDX-License-Identifier: Apache-2.0
#include "attest/tdx/pck_extension.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "base/hex.h"
#include "codec/der.h"

namespace aipg::attest::tdx {
namespace {

namespace der = codec::der;

// The extension's entries by the arcs below its OID: ".1" → value.
using Entries = std::map<std::string, Bytes>;

Bytes entry(const std::string& below, ByteView value) {
  return der::sequence({der::oid(std::string(kPckExtensionOid) + below), value});
}

Bytes list(const Entries& entries) {
  Bytes out;
  for (const auto& [below, value] : entries) append(out, entry(below, value));
  return der::element(der::kSequence, out);
}

Entries good_tcb() {
  Entries out;
  for (unsigned i = 1; i <= 16; ++i) out[".2." + std::to_string(i)] = der::integer(i == 16 ? 255 : i);
  out[".2.17"] = der::integer(11);
  out[".2.18"] = der::octet_string(Bytes(16, 3));
  return out;
}

Entries good() {
  return {{".1", der::octet_string(Bytes(16, 0xaa))},
          {".2", list(good_tcb())},
          {".3", der::octet_string(Bytes(2, 0))},
          {".4", der::octet_string(*from_hex("90c06f000000"))},
          {".5", der::element(der::kEnumerated, Bytes{1})},
          {".6", der::octet_string(Bytes(16, 0xbb))},
          {".7", list({{".7.1", der::boolean(true)}, {".7.2", der::boolean(false)}})}};
}

std::string_view refusal(ByteView value) {
  const auto result = parse_pck_extension(value);
  return result ? "accepted" : result.error().code.view();
}

TEST(PckExtension, ReadsEveryField) {
  const auto read = parse_pck_extension(list(good()));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_hex(read->fmspc), "90c06f000000");
  EXPECT_EQ(read->ppid[0], 0xaa);
  EXPECT_EQ(read->component_svn[0], 1);
  EXPECT_EQ(read->component_svn[15], 255);
  EXPECT_EQ(read->pce_svn, 11);
  EXPECT_EQ(read->cpu_svn[15], 3);
  EXPECT_EQ(read->sgx_type, 1);
  EXPECT_EQ(read->platform_instance->at(0), 0xbb);
}

TEST(PckExtension, RefusesAMissingField) {
  for (const char* field : {".1", ".2", ".3", ".4", ".5"}) {
    Entries entries = good();
    entries.erase(field);
    EXPECT_EQ(refusal(list(entries)), "pck_extension") << field;
  }
  for (const auto& [below, value] : good_tcb()) {
    Entries tcb = good_tcb(), entries = good();
    tcb.erase(below);
    entries[".2"] = list(tcb);
    EXPECT_EQ(refusal(list(entries)), "pck_extension") << below;
  }
}

TEST(PckExtension, DoesWithoutWhatOnlyPlatformsOfSeveralPackagesHave) {
  Entries entries = good();
  entries.erase(".6");
  entries.erase(".7");
  EXPECT_EQ(refusal(list(entries)), "accepted");
}

TEST(PckExtension, RefusesARepeatedField) {
  for (const auto& [below, value] : good()) {
    Bytes content = to_bytes(der::parse_single(list(good()), der::kSequence)->content);
    append(content, entry(below, value));
    EXPECT_EQ(refusal(der::element(der::kSequence, content)), "pck_extension") << below;
  }
}

TEST(PckExtension, RefusesWrongTypesLengthsAndRanges) {
  const Entries wrong{{".1", der::octet_string(Bytes(15, 0))},
                      {".2", der::integer(1)},
                      {".3", der::integer(0)},
                      {".4", der::octet_string(Bytes(7, 0))},
                      {".5", der::integer(1)},
                      {".6", der::octet_string(Bytes(15, 0))},
                      {".7", der::boolean(true)},
                      {".8", der::integer(0)}};
  for (const auto& [below, value] : wrong) {
    Entries entries = good();
    entries[below] = value;
    EXPECT_EQ(refusal(list(entries)), "pck_extension") << below;
  }
  const Entries wrong_tcb{{".2.1", der::integer(256)},
                          {".2.17", der::integer(65536)},
                          {".2.18", der::integer(1)},
                          {".2.19", der::integer(1)},
                          {".2.2", der::boolean(true)}};
  for (const auto& [below, value] : wrong_tcb) {
    Entries tcb = good_tcb(), entries = good();
    tcb[below] = value;
    entries[".2"] = list(tcb);
    EXPECT_EQ(refusal(list(entries)), "pck_extension") << below;
  }
}

TEST(PckExtension, RefusesAnOidOfAnotherTree) {
  Bytes content = to_bytes(der::parse_single(list(good()), der::kSequence)->content);
  append(content, der::sequence({der::oid("1.2.840.113741.1.14.1.6"), der::octet_string(Bytes(16, 0))}));
  EXPECT_EQ(refusal(der::element(der::kSequence, content)), "pck_extension");
}

TEST(PckExtension, RefusesTrailingBytes) {
  Bytes value = list(good());
  value.push_back(0);
  EXPECT_EQ(refusal(value), "der_invalid");
}

}  // namespace
}  // namespace aipg::attest::tdx
