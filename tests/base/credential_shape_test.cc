#include "base/credential_shape.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace defenderd {
namespace {

struct Case {
  std::string description;
  std::string text;
  std::vector<std::string> found;  // what is taken for a credential, in order
};

std::vector<std::string> found_in(const std::string& text, Suspicion suspicion) {
  std::vector<TextSpan> spans;
  find_credentials(text, suspicion, spans);
  std::vector<std::string> found;
  for (const TextSpan& span : spans)
    found.push_back(text.substr(span.begin, span.end - span.begin));
  return found;
}

const std::string kJwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl-_";
const std::string kEntraSecret = "abC8Q~dEfGhIjKlMnOpQrStUvWxYz0123456789.-";
const std::string kRandom = "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW";

TEST(CredentialShape, Certain) {
  const std::vector<Case> cases{
      {"a JSON Web Token", "got " + kJwt + " from it", {kJwt}},
      {"its first part alone", "eyJhbGciOiJSUzI1NiJ9", {"eyJhbGciOiJSUzI1NiJ9"}},
      {"the beginning of one", "token eyJhbGciOiJ", {"eyJhbGciOiJ"}},
      {"the same letters within a word", "theKeyJsonWebTokensAreHere", {}},
      {"a secret of Entra", "(" + kEntraSecret + ")", {kEntraSecret}},
      {"two letters that a secret has, too", "FAQ~ of 8Q~2", {}},
      {"a PEM block",
       "x -----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY----- y",
       {"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----"}},
      {"a PEM block without an end",
       "-----BEGIN X-----\nMIIEvQIBADANBgkq",
       {"-----BEGIN X-----\nMIIEvQIBADANBgkq"}},
      {"what a PEM file should hold", "expected -----BEGIN CERTIFICATE----- blocks", {}},
      {"a login in a URL", "http://user:pass@proxy.example.com:3128/x", {"user:pass"}},
      {"a login with a slash", "http://user:pa/ss@proxy:3128", {"user:pa/ss"}},
      {"an @ in a path", "https://management.azure.com/x/me@example.com", {}},
      {"an @ in a path behind a port", "https://127.0.0.1:8443/x/me@example.com", {}},
      {"a bearer token", "Bearer 0123456789abc", {"Bearer 0123456789abc"}},
      {"any case", "authorization: bEARER 0123456789abc!", {"bEARER 0123456789abc"}},
      {"basic authentication", "Basic dXNlcjpwYXNzd29yZA==", {"Basic dXNlcjpwYXNzd29yZA=="}},
      {"a sentence about it", "the Bearer authentication of basic requirements", {}},
      {"a challenge", R"(Bearer authorization_uri="https://login.example.com")", {}},
      {"a GUID", "6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11", {}},
      {"a random word", kRandom, {}},
      {"a key and its value", "password=hunter2", {}},
  };
  for (const Case& each : cases)
    EXPECT_EQ(found_in(each.text, Suspicion::Certain), each.found) << each.description;
}

TEST(CredentialShape, Likely) {
  const std::vector<Case> cases{
      {"a query", "?api=1&client_secret=a%20b&x=1", {"a%20b"}},
      {"a signature of Azure Storage", "sv=2022&sig=ab%2Bc%3D&se=1", {"ab%2Bc%3D"}},
      {"a member of JSON", R"({"access_token": "a\"b", "token_type":"x"})", {R"(a\"b)"}},
      {"a member of JSON without an end", R"("password":"hun)", {"hun"}},
      {"a variable", "AZURE_CLIENT_SECRET=x; AZURE_CLIENT_ID=y", {"x"}},
      {"an account key", "AccountName=a;AccountKey=b/c==;Endpoint=d", {"b/c=="}},
      {"a header", "authorization: Custom a b\r\nAccept: x", {"Custom a b"}},
      {"a cookie",
       "Set-Cookie: s=1; path=/\n",
       {
           "s=1; path=/",
       }},
      {"a field of YAML", "password: hunter2, x", {"hunter2"}},
      {"an identity header", "X-IDENTITY-HEADER: 853b9a84", {"853b9a84"}},
      {"a code before a sentence", "InvalidAuthenticationToken: The token is bad", {}},
      {"a plural", "maxTokens=5", {}},
      {"a type", R"("token_type":"Bearer")", {}},
      {"a random word", "x " + kRandom + " y", {kRandom}},
      {"a name of a resource",
       "/resourceGroups/MC_myResourceGroup01_myAKSCluster_westeurope/x",
       {}},
      {"GUIDs", "0F8FAD5B-D9CB-469f-A165-70867728950E", {}},
      {"a hash", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", {}},
      {"a time", "Timestamp: 2026-11-25 22:52:45Z 2026-11-25T22:52:45.123Z", {}},
      {"a confirm code", "--confirm 3f2a91bc", {}},
  };
  for (const Case& each : cases)
    EXPECT_EQ(found_in(each.text, Suspicion::Likely), each.found) << each.description;
}

TEST(CredentialShape, Values) {
  for (const std::string& value :
       {kJwt, kEntraSecret, kRandom, std::string("Sim~not.a.secret-8Q~+"), std::string("P@ssw0rd!"),
        std::string("Hunter2~&=+ x y"), std::string("0123456789abcdef0123456789ABCDEF"),
        std::string("https://u:p@host"), std::string("client_secret=x"),
        std::string("dir/Ab1Cd2Ef3Gh4Ij5Kl6")})
    EXPECT_TRUE(looks_like_credential(value)) << value;
  for (const std::string& value :
       {std::string("onn"), std::string("1h30m"), std::string("2026-12-24T00:00:00+01:00"),
        std::string("/var/run/secrets/azure/tokens/azure-identity-token"),
        std::string("/run/Azure-Client-Secret-2026/token.txt"),
        std::string("/var/lib/kubelet/pods/6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c11/volumes/"
                    "kubernetes.io~secret/x"),
        std::string("/tmp/defenderd-e2e-O4x1oA/ca.pem"),
        std::string("/run/app-7f9c4d-x2Lq9Z/token"), std::string("/tmp/defenderd-aB3dE5/file"),
        std::string("management.azure.com"), std::string("https://management.azure.com:8443/"),
        std::string("AIPromptEvidence2"), std::string("6f2b9a52-3f0e-4c83-9a4b-0d9d8c8f3c1"),
        std::string("userAssignedIdentities/keeper"), std::string("0.0.0.0:8080"), std::string()})
    EXPECT_FALSE(looks_like_credential(value)) << value;
}

TEST(CredentialShape, Keys) {
  for (const char* const key :
       {"secret", "clientSecret", "AZURE_CLIENT_SECRET", "client-secret", "x-api-key", "password",
        "tokenFile", "sig", "clientSecretFile", "certificateFile", "Authorization"})
    EXPECT_TRUE(is_credential_key(key)) << key;
  for (const char* const key :
       {"clientId", "tenantId", "plan", "promptEvidence", "signal", "caFile"})
    EXPECT_FALSE(is_credential_key(key)) << key;
}

}  // namespace
}  // namespace defenderd
