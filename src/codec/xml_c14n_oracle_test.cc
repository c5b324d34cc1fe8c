// SPDX-License-Identifier: Apache-2.0
// Our reader and our canonical form against libxml2's, on documents made up at
// random, on damaged ones and on real manifests: what it refuses we refuse,
// and what we accept both write as the same bytes.
#include <gtest/gtest.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "codec/xml_c14n.h"

namespace aipg::codec::xml {
namespace {

namespace fs = std::filesystem;
const fs::path kLibrary = AIPG_SOURCE_DIR "/../shared/evidence/nvidia";

void ignore_errors(void* /*context*/, const char* /*message*/, ...) {}

// A document as libxml2 reads it: nullptr unless it is well-formed, with namespaces.
class Theirs {
 public:
  explicit Theirs(std::string_view in) {
    xmlSetGenericErrorFunc(nullptr, ignore_errors);
    xmlParserCtxt* context = xmlNewParserCtxt();
    document_ = xmlCtxtReadMemory(context, in.data(), static_cast<int>(in.size()), nullptr, nullptr,
                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    good_ = document_ != nullptr && context->wellFormed == 1 && context->nsWellFormed == 1;
    xmlFreeParserCtxt(context);
    if (good_) list(xmlDocGetRootElement(document_));
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;
  ~Theirs() { xmlFreeDoc(document_); }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::size_t elements() const { return elements_.size(); }

  // Elements are numbered in document order.
  std::string canonical(int mode, std::size_t apex, std::optional<std::size_t> left_out) {
    Wanted wanted{elements_[apex], left_out ? elements_[*left_out] : nullptr};
    xmlOutputBuffer* out = xmlAllocOutputBuffer(nullptr);
    const int rc = xmlC14NExecute(document_, is_wanted, &wanted, mode, nullptr, 0, out);
    std::string text(reinterpret_cast<const char*>(xmlOutputBufferGetContent(out)), xmlOutputBufferGetSize(out));
    xmlOutputBufferClose(out);
    return rc < 0 ? "not canonicalized" : text;
  }

 private:
  struct Wanted {
    xmlNode *apex, *left_out;
  };

  static int is_wanted(void* data, xmlNode* node, xmlNode* parent) {
    const auto& wanted = *static_cast<Wanted*>(data);
    // Namespaces and attributes are wanted where their element is.
    xmlNode* at = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE ? parent : node;
    bool inside = false;
    for (; at != nullptr; at = at->parent) {
      if (at == wanted.left_out) return 0;
      inside = inside || at == wanted.apex;
    }
    return inside ? 1 : 0;
  }

  void list(xmlNode* element) {
    elements_.push_back(element);
    for (xmlNode* child = element->children; child != nullptr; child = child->next) {
      if (child->type == XML_ELEMENT_NODE) list(child);
    }
  }

  xmlDoc* document_ = nullptr;
  bool good_ = false;
  std::vector<xmlNode*> elements_;
};

std::vector<Node> elements_of(const Document& document) {
  std::vector<Node> out;
  for (std::optional<Node> at = document.root(); at; at = at->next_in_document()) {
    if (at->is_element()) out.push_back(*at);
  }
  return out;
}

using Random = std::mt19937_64;
std::size_t below(Random& random, std::size_t n) { return random() % n; }

// Whether ours accepted; every disagreement is a failure.
bool agree(std::string_view in, Random& random) {
  const auto ours = parse(in);
  if (!ours) return false;
  Theirs theirs(in);
  EXPECT_TRUE(theirs.good()) << in;
  const std::vector<Node> elements = elements_of(*ours);
  EXPECT_EQ(elements.size(), theirs.elements()) << in;
  if (!theirs.good() || elements.size() != theirs.elements()) return true;
  const std::size_t apex = below(random, elements.size()), left_out = below(random, elements.size());
  for (int mode : {XML_C14N_1_0, XML_C14N_1_1}) {
    EXPECT_EQ(canonical_text(elements[0]), theirs.canonical(mode, 0, std::nullopt)) << in;
    EXPECT_EQ(canonical_text(elements[apex]), theirs.canonical(mode, apex, std::nullopt)) << apex << " of " << in;
    if (left_out == 0) continue;
    EXPECT_EQ(canonical_text(elements[0], elements[left_out]), theirs.canonical(mode, 0, left_out))
        << "without " << left_out << " of " << in;
  }
  return true;
}

// Writes one document at random, in every way that our reader should take.
class Maker {
 public:
  explicit Maker(Random& random) : random_(random) {}

  std::string document() {
    out_.clear();
    if (below(random_, 3) == 0) out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    element(0, {});
    if (below(random_, 3) == 0) out_ += "\n";
    return out_;
  }

 private:
  using Prefixes = std::vector<std::string>;

  std::string_view one_of(std::span<const std::string_view> all) { return all[below(random_, all.size())]; }

  void space() {
    constexpr std::array<std::string_view, 4> kSpaces{" ", "\n  ", "\t", "   "};
    out_ += one_of(kSpaces);
  }

  std::string some_text(bool in_attribute) {
    constexpr std::array<std::string_view, 12> kPieces{"a",      "Zz",     " ", "&amp;", "&lt;", "&gt;",
                                                       "&quot;", "&apos;", ">", "é",     "]]",   "0"};
    std::string text;
    for (std::size_t n = below(random_, 5); n > 0; --n) {
      text += one_of(kPieces);
      if (!in_attribute && below(random_, 4) == 0) text += below(random_, 2) == 0 ? "\n\t" : "\"'";
    }
    return text;
  }

  void attribute(std::string_view name, std::string_view value) {
    const char quote = below(random_, 2) == 0 ? '"' : '\'';
    space();
    out_.append(name).append("=").append(1, quote).append(value).append(1, quote);
  }

  void declarations(Prefixes& prefixes) {
    constexpr std::array<std::string_view, 4> kNames{"p", "q", "ds", "B"};
    constexpr std::array<std::string_view, 4> kAddresses{"http://a", "http://b/c#d", "https://a.example/-/x",
                                                         "http://B"};
    if (below(random_, 4) == 0) attribute("xmlns", below(random_, 3) == 0 ? "" : one_of(kAddresses));
    for (std::string_view name : kNames) {
      if (below(random_, 4) != 0) continue;
      attribute("xmlns:" + std::string(name), one_of(kAddresses));
      if (std::ranges::find(prefixes, name) == prefixes.end()) prefixes.emplace_back(name);
    }
  }

  std::string maybe_prefixed(const Prefixes& prefixes, std::string_view local) {
    if (prefixes.empty() || below(random_, 2) == 0) return std::string(local);
    return prefixes[below(random_, prefixes.size())] + ":" + std::string(local);
  }

  void element(unsigned depth, Prefixes prefixes) {
    constexpr std::array<std::string_view, 5> kLocals{"a", "Reference", "b-c", "_d", "B.1"};
    const std::string name = maybe_prefixed(prefixes, one_of(kLocals));
    out_ += "<" + name;
    declarations(prefixes);
    for (std::string_view local : kLocals) {
      if (below(random_, 3) == 0) attribute(maybe_prefixed(prefixes, local), some_text(true));
    }
    if (below(random_, 3) == 0) space();
    if (below(random_, 4) == 0) return void(out_ += "/>");
    out_ += ">";
    for (std::size_t n = below(random_, depth < 4 ? 4 : 1); n > 0; --n) {
      out_ += some_text(false);
      element(depth + 1, prefixes);
    }
    out_ += some_text(false) + "</" + name + (below(random_, 4) == 0 ? " >" : ">");
  }

  Random& random_;
  std::string out_;
};

// One damage or change somewhere: most are refused, by both.
std::string changed(std::string in, Random& random) {
  constexpr std::array<std::string_view, 22> kPieces{" ",
                                                     "\n",
                                                     "&amp;",
                                                     "&#65;",
                                                     "&x;",
                                                     "<",
                                                     ">",
                                                     "/>",
                                                     "\"",
                                                     "'",
                                                     "xmlns=\"http://z\" ",
                                                     "=",
                                                     "<!-- -->",
                                                     "<![CDATA[x]]>",
                                                     "<b/>",
                                                     "</b>",
                                                     " z=\"1\"",
                                                     "<?p?>",
                                                     ":",
                                                     "p:",
                                                     "\xc3\xa9",
                                                     " xmlns:p=\"http://y\""};
  if (in.empty()) return in;
  const std::size_t at = below(random, in.size()), n = below(random, 6);
  switch (below(random, 4)) {
    case 0:
      return in.insert(at, kPieces[below(random, kPieces.size())]);
    case 1:
      return in.erase(at, n);
    case 2:
      in[at] = static_cast<char>(in[at] ^ (1 << below(random, 8)));
      return in;
    default:
      return in.insert(at, in.substr(below(random, in.size()), n * n));
  }
}

TEST(XmlC14nOracle, AgreesOnDocumentsMadeAtRandom) {
  Random random(20261126);
  std::size_t accepted = 0;
  for (int i = 0; i < 3000; ++i) accepted += agree(Maker(random).document(), random) ? 1 : 0;
  // The others have an attribute twice, or a prefix whose namespace ended.
  EXPECT_GE(accepted, 1500U);
}

TEST(XmlC14nOracle, AgreesOnDamagedDocuments) {
  Random random(7);
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string document = Maker(random).document();
    for (std::size_t n = below(random, 3) + 1; n > 0; --n) document = changed(std::move(document), random);
    accepted += agree(document, random) ? 1 : 0;
  }
  EXPECT_GE(accepted, 1000U);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> real_manifests() {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(kLibrary)) {
    const std::string extension = entry.path().extension();
    if (extension == ".xml" || extension == ".swidtag") out.push_back(read(entry.path()));
  }
  return out;
}

TEST(XmlC14nOracle, AgreesOnRealManifestsAndOnDamagedOnes) {
  if (!fs::exists(kLibrary)) GTEST_SKIP() << "SKIPPED: no " << kLibrary << "; no real manifest was canonicalized";
  Random random(1);
  std::size_t accepted = 0;
  for (const std::string& manifest : real_manifests()) {
    EXPECT_TRUE(agree(manifest, random));
    for (int i = 0; i < 60; ++i) accepted += agree(changed(manifest, random), random) ? 1 : 0;
  }
  EXPECT_GE(accepted, 200U);
}

}  // namespace
}  // namespace aipg::codec::xml
