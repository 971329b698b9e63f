#include "daemon/mail/smtp/tls_words.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <chrono>
#include <ctime>
#include <memory>
#include <vector>

#include "shared/clock.h"
#include "shared/unicode.h"

namespace jobd::smtp {
namespace {

constexpr std::size_t kNamesTold = 3;

template <typename T, auto kFree>
using Owned = std::unique_ptr<T, decltype([](T* held) { kFree(held); })>;

std::string printed(const X509_NAME* name) {
  const Owned<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  if (!out || name == nullptr) return "";
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(out.get(), &begin);
  std::string text(begin, static_cast<std::size_t>(size));
  return is_utf8(text) ? text : "";
}

std::string moment(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return "";
  using namespace std::chrono;
  const auto day = year(parts.tm_year + 1900) / month(static_cast<unsigned>(parts.tm_mon + 1)) /
                   std::chrono::day(static_cast<unsigned>(parts.tm_mday));
  return format_time(sys_days(day) + hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec));
}

bool is_printable(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f) return false;
  }
  return !text.empty();
}

// Whom it is for: its DNS names, or the common name where it has none.
std::string names_of(X509& certificate) {
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string told;
  std::size_t names = 0;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                                static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    if (!is_printable(text)) continue;
    if (++names > kNamesTold) return told + " and others";
    told += (told.empty() ? "" : ", ") + std::string(text);
  }
  return told.empty() ? subject_of(certificate) : told;
}

}  // namespace

std::string subject_of(const X509& certificate) {
  return printed(X509_get_subject_name(&certificate));
}

std::string issuer_of(const X509& certificate) {
  return printed(X509_get_issuer_name(&certificate));
}

std::string expiry_of(const X509& certificate) {
  return moment(X509_get0_notAfter(&certificate));
}

std::string words_of_refusal(int error, X509& certificate, const std::string& host) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the certificate of " + subject_of(certificate) + " has expired on " + expiry_of(certificate);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the certificate of " + subject_of(certificate) + " is not valid before " +
             moment(X509_get0_notBefore(&certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "the certificate is for " + names_of(certificate) + ", not " + host;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the certificate is self-signed, so nobody vouches for it; with ca_file it can be trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the certificate is issued by " + issuer_of(certificate) + ", which is not trusted here; see ca_file";
    default: return std::string("the certificate is not good: ") + X509_verify_cert_error_string(error);
  }
}

std::string words_of_failure() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return "no common protocol version: the server does not speak TLS 1.2 or later";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_HTTP_REQUEST:
      return "the server's answer is not TLS; smtps:// is TLS from the first byte, smtp:// is not";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_NO_SHARED_CIPHER: return "the server refused: it has no cipher in common with us";
    default: break;
  }
  if (error == 0) return "the handshake failed";
  std::array<char, 256> text{};
  const char* reason = ERR_reason_error_string(error);
  if (reason != nullptr) return reason;
  ERR_error_string_n(error, text.data(), text.size());
  return text.data();
}

}  // namespace jobd::smtp
