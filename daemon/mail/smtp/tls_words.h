// What OpenSSL knows of a certificate or a failure, in words for a person.
#pragma once

#include <string>

using X509 = struct x509_st;

namespace jobd::smtp {

// A certificate's subject, "CN=smtp.example.com,O=Example"; its issuer; when it expires, RFC 3339.
std::string subject_of(const X509& certificate);
std::string issuer_of(const X509& certificate);
std::string expiry_of(const X509& certificate);

// Why a certificate is not taken. error: an X509_V_ERR_ of OpenSSL; host: whom it should have named.
std::string words_of_refusal(int error, X509& certificate, const std::string& host);

// The oldest failure of this thread that OpenSSL has noted; the notes are wiped.
std::string words_of_failure();

}  // namespace jobd::smtp
