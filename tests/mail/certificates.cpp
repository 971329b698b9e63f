#include "tests/mail/certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace jobd::testing {
namespace {

template <typename T, auto kFree>
using Owned = std::unique_ptr<T, decltype([](T* held) { kFree(held); })>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedCertificate = Owned<X509, X509_free>;

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  if (!extension) throw std::logic_error("no such extension: " + value);
  X509_add_ext(certificate, extension.get(), -1);
}

OwnedCertificate bare(EVP_PKEY* key, const std::string& name, const char* until) {
  OwnedCertificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  static long last_serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++last_serial);
  ASN1_TIME_set_string(X509_getm_notBefore(made.get()), "20000101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(made.get()), until);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

OwnedCertificate of_server(EVP_PKEY* key, const Certified& about, X509* issuer) {
  OwnedCertificate made = bare(key, about.dns_name.empty() ? about.address : about.dns_name,
                               about.expired ? "20010101000000Z" : "21000101000000Z");
  std::string names = about.dns_name.empty() ? "" : "DNS:" + about.dns_name;
  if (!about.address.empty()) names += (names.empty() ? "IP:" : ",IP:") + about.address;
  extend(made.get(), issuer == nullptr ? made.get() : issuer, NID_subject_alt_name, names);
  return made;
}

std::string pem_of(X509* certificate) {
  const Owned<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(out.get(), &begin);
  return {begin, static_cast<std::size_t>(size)};
}

std::string pem_of(EVP_PKEY* key) {
  const Owned<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(out.get(), &begin);
  return {begin, static_cast<std::size_t>(size)};
}

}  // namespace

struct Authority::Keys {
  OwnedKey key{EVP_EC_gen("P-256")};
  OwnedCertificate certificate;
};

Identity self_signed(const Certified& about) {
  const OwnedKey key(EVP_EC_gen("P-256"));
  const OwnedCertificate made = of_server(key.get(), about, nullptr);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_sign(made.get(), key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

Authority::Authority(const std::string& name) : keys_(std::make_unique<Keys>()) {
  keys_->certificate = bare(keys_->key.get(), name, "21000101000000Z");
  X509* own = keys_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign");
  X509_sign(own, keys_->key.get(), EVP_sha256());
  ca_file_ = folder_.write("ca.pem", pem_of(own));
}

Authority::~Authority() = default;

Identity Authority::issue(const Certified& about) const {
  const OwnedKey key(EVP_EC_gen("P-256"));
  const OwnedCertificate made = of_server(key.get(), about, keys_->certificate.get());
  X509_set_issuer_name(made.get(), X509_get_subject_name(keys_->certificate.get()));
  X509_sign(made.get(), keys_->key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

}  // namespace jobd::testing
