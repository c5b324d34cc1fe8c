// SPDX-License-Identifier: Apache-2.0
// Every file under tests/vectors through the production code. A field that
// differs, that nobody read, or that is missing fails; so does an error code
// that no vector provokes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "cases.h"
#include "run.h"

namespace aipg::vectors {
namespace {

const std::string kSource = AIPG_SOURCE_DIR;

const Library& stored() {
  static const Library library = Library::read(kSource + "/tests/vectors");
  return library;
}

std::string difference(const Value& stored_value, const Value& made) {
  const auto a = stored_value.flat(), b = made.flat();
  std::string out;
  for (const auto& each : a) {
    if (std::ranges::find(b, each) == b.end()) out += "\n  stored " + each.first + " = " + each.second;
  }
  for (const auto& each : b) {
    if (std::ranges::find(a, each) == a.end()) out += "\n  made   " + each.first + " = " + each.second;
  }
  return out;
}

TEST(Vectors, EveryFileSaysWhatTheCodeDoes) {
  for (const auto& [file, document] : stored().documents()) {
    SCOPED_TRACE(file);
    EXPECT_FALSE(document.at("why").text().empty());
    const std::string& kind = document.at("kind").text();
    EXPECT_EQ(difference(document.at("expect"), run(kind, document.at("input"), stored())), "");
  }
}

// Names at the top of positives' inputs, by kind.
std::map<std::string, std::set<std::string>> known_inputs() {
  std::map<std::string, std::set<std::string>> out;
  for (const auto& [file, document] : stored().documents()) {
    if (!code_of(document.at("expect")).empty()) continue;
    for (const std::string& name : document.at("input").names()) out[document.at("kind").text()].insert(name);
  }
  return out;
}

TEST(Vectors, EveryFieldOfEveryInputIsRead) {
  const auto known = known_inputs();
  for (const auto& [file, document] : stored().documents()) {
    const Value copy = Value::parse(document.write());  // other files' runs read the stored one
    const std::string& kind = copy.at("kind").text();
    (void)run(kind, copy.at("input"), stored());
    const bool refused = !code_of(document.at("expect")).empty();
    for (const std::string& path : copy.at("input").unread()) {
      // A refusal may come before the last field, but not before one that nobody ever reads.
      const std::string top = path.substr(1, path.find('/', 1) - 1);
      EXPECT_TRUE(refused && known.contains(kind) && known.at(kind).contains(top)) << file << ": " << path;
    }
  }
}

TEST(Vectors, NegativesSayWhatWasEdited) {
  for (const auto& [file, document] : stored().documents()) {
    std::set<std::string> allowed{"why", "kind", "input", "expect"};
    if (!code_of(document.at("expect")).empty()) {
      ASSERT_TRUE(document.has("edit")) << file;
      EXPECT_FALSE(document.at("edit").text().empty()) << file;
      allowed.insert("edit");
    }
    for (const std::string& name : document.names()) EXPECT_TRUE(allowed.contains(name)) << file << ": " << name;
  }
}

TEST(Vectors, TheFilesAreWhatTheGeneratorWrites) {
  const Library made = all_cases(&stored());
  for (const auto& [file, document] : made.documents()) {
    ASSERT_TRUE(stored().documents().contains(file)) << file << ": run aipg_vectors --write tests/vectors";
    EXPECT_EQ(difference(stored().find(file), document), "") << file;
  }
  for (const auto& [file, document] : stored().documents()) {
    EXPECT_TRUE(made.documents().contains(file)) << file << " is left over";
  }
}

std::string source_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

// The codes a source file can give: fail("…"), refuse("…") and InnerError{status, "…"}.
std::set<std::string> codes_in(const std::string& folder, const std::set<std::string>& files) {
  static const std::regex pattern(R"re((?:fail\(|refuse\(|Error\{|\{40[0-9], |return \{40[0-9], )"([a-z_]+)")re");
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kSource + "/src/" + folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
    if (!files.empty() && !files.contains(name)) continue;
    const std::string text = source_text(entry.path());
    for (auto at = std::sregex_iterator(text.begin(), text.end(), pattern); at != std::sregex_iterator(); ++at) {
      out.insert((*at)[1]);
    }
  }
  return out;
}

TEST(Vectors, EveryErrorCodeHasAVector) {
  std::set<std::string> provoked;
  for (const auto& [file, document] : stored().documents()) provoked.insert(code_of(document.at("expect")));

  std::set<std::string> codes = codes_in("seal", {});
  codes.merge(codes_in("link", {"control.cc", "frame.cc", "mux.cc", "registration.cc"}));
  codes.merge(codes_in("attest", {"attestation.cc", "binding.cc", "bundle.cc", "challenge.cc", "epoch.cc", "keyset.cc",
                                  "manifest.cc", "reference.cc", "reference_document.cc", "signed_document.cc"}));
  ASSERT_GT(codes.size(), 25U) << "the sources' codes were not found";
  for (const std::string& code : codes) EXPECT_TRUE(provoked.contains(code)) << code << " has no vector";
}

}  // namespace
}  // namespace aipg::vectors
