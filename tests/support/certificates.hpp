#pragma once

#include "tests/support/process.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace kv::test {

/// A certificate authority in a folder of its own, and what it has signed: for
/// `server` (127.0.0.1) and `client`. Made by openssl.
class certificates {
public:
  certificates() {
    auto name
      = (std::filesystem::temp_directory_path() / "kv-tls-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("mkdtemp");
    folder_ = name;
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=kv test " + folder_.filename().string(), "-keyout", key("ca"),
             "-out", ca()});
    for (std::string who : {"server", "client"})
      openssl({"req",
               "-x509",
               "-newkey",
               "ec",
               "-pkeyopt",
               "ec_paramgen_curve:prime256v1",
               "-nodes",
               "-days",
               "2",
               "-subj",
               "/CN=" + who,
               "-addext",
               "subjectAltName=IP:127.0.0.1",
               "-addext",
               "basicConstraints=critical,CA:FALSE",
               "-CA",
               ca(),
               "-CAkey",
               key("ca"),
               "-keyout",
               key(who),
               "-out",
               cert(who)});
  }

  certificates(const certificates&) = delete;

  certificates& operator=(const certificates&) = delete;

  ~certificates() {
    std::filesystem::remove_all(folder_);
  }

  std::string ca() const {
    return cert("ca");
  }

  std::string cert(const std::string& who) const {
    return folder_ / (who + ".pem");
  }

  std::string key(const std::string& who) const {
    return folder_ / (who + ".key");
  }

  /// Returns the server's key, encrypted.
  std::string locked_key() const {
    auto result = folder_ / "locked.key";
    openssl({"ec", "-in", key("server"), "-aes256", "-passout", "pass:secret",
             "-out", result});
    return result;
  }

  /// Takes another authority's certificate and key for `who`.
  void replace(const std::string& who, const certificates& by) const {
    auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(by.cert(who), cert(who), over);
    std::filesystem::copy_file(by.key(who), key(who), over);
  }

  /// Makes the certificate for `who` unreadable.
  void spoil(const std::string& who) const {
    std::ofstream{cert(who)} << "no certificate\n";
  }

private:
  static void openssl(std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    process program{words};
    if (program.wait() != 0)
      throw std::runtime_error("openssl: " + program.err());
  }

  std::filesystem::path folder_;
};

} // namespace kv::test
