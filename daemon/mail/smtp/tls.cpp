#include "daemon/mail/smtp/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <new>
#include <utility>

#include "daemon/mail/smtp/tls_words.h"

namespace jobd::smtp {
namespace {

template <typename T, auto kFree>
using Owned = std::unique_ptr<T, decltype([](T* held) { kFree(held); })>;
using OwnedContext = Owned<SSL_CTX, SSL_CTX_free>;
using OwnedStream = Owned<SSL, SSL_free>;
using OwnedSession = Owned<SSL_SESSION, SSL_SESSION_free>;
using OwnedCertificate = Owned<X509, X509_free>;

bool is_address(const std::string& host) {
  const Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> parsed(a2i_IPADDRESS(host.c_str()));
  return parsed != nullptr;
}

// A handshake's verification, told to the stream that it is for.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void refused(int error, X509& certificate) = 0;
};

int on_verified(int good, X509_STORE_CTX* store) {
  if (good == 1) return good;
  const void* ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* listener = static_cast<Listener*>(SSL_get_app_data(static_cast<const SSL*>(ssl)));
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (certificate != nullptr) listener->refused(X509_STORE_CTX_get_error(store), *certificate);
  return good;
}

class OpenSslStream final : public TlsStream, private Listener {
 public:
  OpenSslStream(OwnedStream ssl, const std::string& host) : ssl_(std::move(ssl)), host_(host) {
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    if (in_ == nullptr || out_ == nullptr) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_app_data(ssl_.get(), static_cast<Listener*>(this));
    SSL_set_connect_state(ssl_.get());
  }

  Handshake shake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    collect();
    if (result == 1) {
      note_facts();
      return Handshake::done;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return Handshake::under_way;
    ended_ = true;
    const std::string failure = words_of_failure();
    words_ = refusal_.empty() ? failure : refusal_;
    return Handshake::failed;
  }

  const TlsFacts& facts() const override { return facts_; }
  const std::string& words() const override { return words_; }

  void received(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::size_t size = std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max());
      if (BIO_write(in_, bytes.data(), static_cast<int>(size)) != static_cast<int>(size)) throw std::bad_alloc();
      bytes.remove_prefix(size);
    }
  }

  std::size_t read(std::span<char> plain) override {
    if (ended_) return 0;
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), plain.data(), plain.size(), &size);
    collect();
    if (result == 1) return size;
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return 0;
    ended_ = true;
    words_ = error == SSL_ERROR_ZERO_RETURN ? "the server closed the connection"
                                            : "TLS ended the connection: " + words_of_failure();
    return 0;
  }

  bool ended() const override { return ended_; }

  void write(std::string_view plain) override {
    if (plain.empty() || ended_) return;
    ERR_clear_error();
    std::size_t size = 0;
    // Into memory it always goes whole.
    if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &size) != 1 || size != plain.size()) {
      ended_ = true;
      words_ = "TLS ended the connection: " + words_of_failure();
    }
    collect();
  }

  void close() override {
    if (ended_ || SSL_is_init_finished(ssl_.get()) == 0) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    collect();
  }

  std::string_view output() const override { return std::string_view(cipher_).substr(cipher_sent_); }

  void written(std::size_t bytes) override {
    cipher_sent_ += bytes;
    assert(cipher_sent_ <= cipher_.size());
    if (cipher_sent_ < cipher_.size()) return;
    cipher_.clear();
    cipher_sent_ = 0;
  }

 private:
  void refused(int error, X509& certificate) override {
    if (refusal_.empty()) refusal_ = words_of_refusal(error, certificate, host_);
  }

  void collect() {
    char* begin = nullptr;
    const long size = BIO_get_mem_data(out_, &begin);
    if (size <= 0) return;
    cipher_.append(begin, static_cast<std::size_t>(size));
    BIO_reset(out_);
  }

  void note_facts() {
    facts_.version = SSL_get_version(ssl_.get());
    facts_.cipher = SSL_get_cipher_name(ssl_.get());
    facts_.verified = SSL_get_verify_result(ssl_.get()) == X509_V_OK;
    const OwnedCertificate certificate(SSL_get1_peer_certificate(ssl_.get()));
    if (!certificate) return;
    facts_.subject = subject_of(*certificate);
    facts_.issuer = issuer_of(*certificate);
    facts_.expires = expiry_of(*certificate);
  }

  const OwnedStream ssl_;
  const std::string& host_;  // the context's
  BIO* in_ = nullptr;        // ssl_'s
  BIO* out_ = nullptr;
  std::string cipher_;
  std::size_t cipher_sent_ = 0;
  TlsFacts facts_;
  std::string refusal_;
  std::string words_;
  bool ended_ = false;
};

class OpenSslContext final : public TlsContext {
 public:
  OpenSslContext(OwnedContext context, TlsDemand demand) : context_(std::move(context)), demand_(std::move(demand)) {
    if (demand_.host.ends_with('.')) demand_.host.pop_back();
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_.get(), keep_session);
  }

  std::unique_ptr<TlsStream> connect() override {
    OwnedStream ssl(SSL_new(context_.get()));
    if (!ssl) throw std::bad_alloc();
    const char* host = demand_.host.c_str();
    const bool address = is_address(demand_.host);
    const int set =
        address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host) : SSL_set1_host(ssl.get(), host);
    if (set != 1 || (!address && SSL_set_tlsext_host_name(ssl.get(), host) != 1)) throw std::bad_alloc();
    if (session_ && SSL_SESSION_is_resumable(session_.get()) == 1) SSL_set_session(ssl.get(), session_.get());
    return std::make_unique<OpenSslStream>(std::move(ssl), demand_.host);
  }

 private:
  // The newest is kept, and taken for every connection until a newer one comes.
  static int keep_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<OpenSslContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->session_.reset(session);
    return 1;
  }

  const OwnedContext context_;
  TlsDemand demand_;
  OwnedSession session_;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const TlsDemand& demand) {
  ERR_clear_error();
  OwnedContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context.get(), demand.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, on_verified);
  if (demand.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), demand.ca_file.c_str()) != 1) {
    return Error{Code::unavailable,
                 "cannot read the certificates of ca_file " + demand.ca_file + ": " + words_of_failure()};
  }
  return std::unique_ptr<TlsContext>(std::make_unique<OpenSslContext>(std::move(context), demand));
}

}  // namespace jobd::smtp
