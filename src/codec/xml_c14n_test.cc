// SPDX-License-Identifier: Apache-2.0
#include "codec/xml_c14n.h"

#include <gtest/gtest.h>

namespace aipg::codec::xml {
namespace {

std::string canonical(std::string_view in) { return canonical_text(parse(in).value().root()); }

// The element of this local name.
Node find(const Document& document, std::string_view local) {
  std::optional<Node> at = document.root();
  while (at->name().local != local) at = at->next_in_document();
  return *at;
}

TEST(XmlC14n, WritesTagsAndAttributesInOneWay) {
  EXPECT_EQ(canonical("<?xml version=\"1.0\"?>\n<a  b='1'\n a=\"2\" ><c /></a >\n"), "<a a=\"2\" b=\"1\"><c></c></a>");
}

TEST(XmlC14n, ReplacesCharactersAsTextsAndAttributesNeedIt) {
  EXPECT_EQ(canonical("<a b='&quot;&apos;&lt;&gt;&amp;>\"'>&quot;&apos;&lt;&gt;&amp;>\"'</a>"),
            "<a b=\"&quot;'&lt;>&amp;>&quot;\">\"'&lt;&gt;&amp;&gt;\"'</a>");
}

TEST(XmlC14n, KeepsWhiteSpaceInTexts) { EXPECT_EQ(canonical("<a>\n\t x </a>"), "<a>\n\t x </a>"); }

TEST(XmlC14n, LeavesOutNamespacesThatChangeNothing) {
  EXPECT_EQ(canonical("<a xmlns='http://d' xmlns:p='http://p'><b xmlns='http://d' xmlns:p='http://p'/></a>"),
            "<a xmlns=\"http://d\" xmlns:p=\"http://p\"><b></b></a>");
  EXPECT_EQ(canonical("<a xmlns=''><b xmlns=''/></a>"), "<a><b></b></a>");
}

TEST(XmlC14n, WritesNamespacesThatChangeSomething) {
  EXPECT_EQ(canonical("<a xmlns='http://d'><b xmlns=''><c xmlns='http://d'/></b></a>"),
            "<a xmlns=\"http://d\"><b xmlns=\"\"><c xmlns=\"http://d\"></c></b></a>");
  EXPECT_EQ(canonical("<a xmlns:p='http://p'><b xmlns:p='http://q'/></a>"),
            "<a xmlns:p=\"http://p\"><b xmlns:p=\"http://q\"></b></a>");
}

TEST(XmlC14n, WritesNamespacesInScopeOnTheTopOfASubtree) {
  const auto document = parse("<a xmlns='http://d' xmlns:q='http://q'><b xmlns:p='http://p'><c p:x=''/></b></a>");
  EXPECT_EQ(canonical_text(find(*document, "c")),
            "<c xmlns=\"http://d\" xmlns:p=\"http://p\" xmlns:q=\"http://q\" p:x=\"\"></c>");
}

TEST(XmlC14n, LeavesOutExactlyOneSubtree) {
  const auto document = parse("<a>1<b><c/>2</b>3<b/></a>");
  EXPECT_EQ(canonical_text(document->root(), find(*document, "b")), "<a>13<b></b></a>");
}

TEST(XmlC14n, GivesAWayPiecesOfOneText) {
  const std::string in = "<a>" + std::string(20'000, 'x') + "</a>";
  const auto document = parse(in);
  std::string out;
  std::size_t pieces = 0;
  canonicalize(document->root(), std::nullopt, [&](ByteView piece) {
    out += as_text(piece);
    ++pieces;
  });
  EXPECT_EQ(out, in);
  EXPECT_GT(pieces, 1U);
}

TEST(XmlC14n, ChangesNothingInWhatItWrote) {
  const std::string once = canonical("<a xmlns='http://d' z='&gt;' y='1'>&gt;<b xmlns='' c='&quot;'/></a>");
  EXPECT_EQ(canonical(once), once);
}

}  // namespace
}  // namespace aipg::codec::xml
