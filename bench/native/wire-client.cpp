// The native client of the wire-to-wire bench: two non-blocking sockets polled without sleeping, a book from a snapshot
// and depth differences, one signed order per event. One thread, no allocation after start.
//   wire-client REST_PORT STREAM_PORT API_KEY API_SECRET SYMBOL ORDER_LOTS [echo]
// With `echo` it looks at nothing: a prepared order for every frame, which is what sockets and exchange alone cost.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "wire-sha256.hpp"

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "wire-client: %s\n", what);
  std::exit(1);
}

int dial(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("cannot connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void sendAll(int fd, const void* data, size_t length) {
  const auto* bytes = static_cast<const char*>(data);
  while (length > 0) {
    const ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) std::exit(0);  // the exchange has left
    bytes += sent, length -= static_cast<size_t>(sent);
  }
}

std::string httpBody(int port, const std::string& path) {
  const int fd = dial(port);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  sendAll(fd, request.data(), request.size());
  std::string answer;
  char chunk[65536];
  for (ssize_t count; (count = recv(fd, chunk, sizeof chunk, 0)) > 0;) answer.append(chunk, static_cast<size_t>(count));
  close(fd);
  const size_t body = answer.find("\r\n\r\n");
  if (answer.compare(9, 3, "200") != 0 || body == std::string::npos) fail("no snapshot");
  return answer.substr(body + 4);
}

// A client's WebSocket: frames are read where they lie, what is sent is masked.
class WebSocket {
 public:
  WebSocket(int port, const std::string& path) : fd_(dial(port)), bytes_(1 << 20) {
    const std::string request = "GET " + path +
                                " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2lyZS1jbGllbnQtYmVuY2g=\r\n\r\n";
    sendAll(fd_, request.data(), request.size());
    for (;;) {
      const ssize_t count = recv(fd_, bytes_.data() + end_, bytes_.size() - end_, 0);
      if (count <= 0) fail("no handshake");
      end_ += static_cast<size_t>(count);
      const std::string head(bytes_.data(), end_);
      const size_t over = head.find("\r\n\r\n");
      if (over == std::string::npos) continue;
      if (head.compare(9, 3, "101") != 0) fail("handshake refused");
      from_ = over + 4;
      return;
    }
  }

  // Calls onText(text, length) for each complete text frame that is there. Never waits.
  template <typename Handler>
  void poll(Handler&& onText) {
    const ssize_t count = recv(fd_, bytes_.data() + end_, bytes_.size() - end_, MSG_DONTWAIT);
    if (count == 0) std::exit(0);
    if (count < 0) {
      if (errno == EAGAIN) return;
      std::exit(0);
    }
    end_ += static_cast<size_t>(count);
    while (takeFrame(onText)) {
    }
    if (from_ == end_) from_ = end_ = 0;
    if (end_ > bytes_.size() / 2) {
      std::memmove(bytes_.data(), bytes_.data() + from_, end_ - from_);
      end_ -= from_, from_ = 0;
    }
  }

  // Sends a masked frame; `out` has room for 8 bytes before and after the payload, and is masked in place.
  void sendMasked(int opcode, char* payload, size_t length) {
    mask_ = mask_ * 1664525u + 1013904223u;
    const uint32_t mask = mask_;
    char* head = payload - (length < 126 ? 6 : 8);
    head[0] = static_cast<char>(0x80 | opcode);
    if (length < 126) {
      head[1] = static_cast<char>(0x80 | length);
    } else {
      head[1] = static_cast<char>(0x80 | 126);
      head[2] = static_cast<char>(length >> 8);
      head[3] = static_cast<char>(length);
    }
    std::memcpy(payload - 4, &mask, 4);
    const uint64_t wide = static_cast<uint64_t>(mask) << 32 | mask;
    for (size_t at = 0; at < length; at += 8) {
      uint64_t word;
      std::memcpy(&word, payload + at, 8);
      word ^= wide;
      std::memcpy(payload + at, &word, 8);
    }
    sendAll(fd_, head, length + static_cast<size_t>(payload - head));
  }

  void sendRaw(const char* bytes, size_t length) { sendAll(fd_, bytes, length); }

 private:
  template <typename Handler>
  bool takeFrame(Handler&& onText) {
    const auto* at = reinterpret_cast<const uint8_t*>(bytes_.data()) + from_;
    const size_t there = end_ - from_;
    if (there < 2) return false;
    size_t length = at[1] & 0x7f;
    size_t head = 2;
    if (length == 126) {
      if (there < 4) return false;
      length = static_cast<size_t>(at[2]) << 8 | at[3];
      head = 4;
    } else if (length == 127) {
      if (there < 10) return false;
      length = 0;
      for (int index = 2; index < 10; index++) length = length << 8 | at[index];
      head = 10;
    }
    if (there < head + length) return false;
    from_ += head + length;
    const int opcode = at[0] & 15;
    if (opcode == 1) {
      onText(reinterpret_cast<const char*>(at) + head, length);
    } else if (opcode == 9) {
      char pong[256];
      std::memcpy(pong + 16, at + head, length < 126 ? length : 0);
      sendMasked(10, pong + 16, length);
    } else if (opcode == 8) {
      std::exit(0);
    }
    return true;
  }

  int fd_;
  std::vector<char> bytes_;
  size_t from_ = 0;
  size_t end_ = 0;
  uint32_t mask_ = 0x5eed5eed;
};

// One side of the book, best level last. Prices and sizes are in units of 1e-8.
class Side {
 public:
  explicit Side(bool isBid) : isBid_(isBid) { levels_.reserve(1 << 14); }

  void set(int64_t price, int64_t size) {
    const auto before = [this](const Level& level, int64_t wanted) {
      return isBid_ ? level.price < wanted : level.price > wanted;
    };
    const auto at = std::lower_bound(levels_.begin(), levels_.end(), price, before);
    const bool isThere = at != levels_.end() && at->price == price;
    if (size == 0) {
      if (isThere) levels_.erase(at);
    } else if (isThere) {
      at->size = size;
    } else {
      levels_.insert(at, {price, size});
    }
  }

  int64_t price() const { return levels_.back().price; }
  int64_t size() const { return levels_.back().size; }
  bool isEmpty() const { return levels_.empty(); }

 private:
  struct Level {
    int64_t price;
    int64_t size;
  };
  bool isBid_;
  std::vector<Level> levels_;
};

// "61837.64000000" (with its quotes) as 1e-8; moves behind the closing quote.
int64_t readDecimal(const char*& at) {
  int64_t value = 0;
  for (at++; *at != '.'; at++) value = value * 10 + (*at - '0');
  at++;
  for (int index = 0; index < 8; index++) value = value * 10 + (at[index] - '0');
  at += 9;
  return value;
}

int64_t readInteger(const char* at) {
  int64_t value = 0;
  for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  return value;
}

const char* find(const char* from, const char* end, const char* word) {
  const void* at = memmem(from, static_cast<size_t>(end - from), word, std::strlen(word));
  if (at == nullptr) fail("not a depth event");
  return static_cast<const char*>(at) + std::strlen(word);
}

// `[["p","q"],...]`, from behind the first bracket; moves behind the last.
void readLevels(const char*& at, Side& side) {
  while (*at != ']') {
    if (*at == ',') at++;
    at++;
    const int64_t price = readDecimal(at);
    at++;
    side.set(price, readDecimal(at));
    at++;
  }
  at++;
}

struct Book {
  Side bids{true};
  Side asks{false};
  int64_t id = -1;

  void takeSnapshot(const std::string& text) {
    const char* end = text.data() + text.size();
    const char* at = find(text.data(), end, "\"lastUpdateId\":");
    id = readInteger(at);
    at = find(at, end, "\"bids\":[");
    readLevels(at, bids);
    at = find(at, end, "\"asks\":[");
    readLevels(at, asks);
  }

  // False when the event holds nothing new.
  bool take(const char* text, size_t length) {
    const char* end = text + length;
    const char* at = find(text, end, "\"U\":");
    const int64_t first = readInteger(at);
    at = find(at, end, "\"u\":");
    const int64_t last = readInteger(at);
    if (last <= id) return false;
    if (first > id + 1) fail("the book has a gap");
    id = last;
    at = find(at, end, "\"b\":[");
    readLevels(at, bids);
    at = find(at, end, "\"a\":[");
    readLevels(at, asks);
    return true;
  }
};

char* writeInteger(char* at, int64_t value) {
  char digits[24];
  int count = 0;
  do digits[count++] = static_cast<char>('0' + value % 10);
  while ((value /= 10) > 0);
  while (count > 0) *at++ = digits[--count];
  return at;
}

char* writeText(char* at, const char* text, size_t length) {
  std::memcpy(at, text, length);
  return at + length;
}

template <size_t N>
char* writeText(char* at, const char (&text)[N]) {
  return writeText(at, text, N - 1);
}

int64_t epochMs() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

// Writes the same request as the engine, in the same form, and signs it.
class OrderWriter {
 public:
  OrderWriter(const std::string& key, const std::string& secret, const std::string& symbol, int64_t lots)
      : hmac_(secret.data(), secret.size()), key_(key), symbol_(symbol) {
    const std::string prefix = "apiKey=" + key + "&newClientOrderId=native-";
    hmac_.inner.add(prefix.data(), prefix.size());
    char text[32];
    std::snprintf(text, sizeof text, "%lld.%05lld", static_cast<long long>(lots / 100000),
                  static_cast<long long>(lots % 100000));
    quantity_ = text;
  }

  // Writes behind `out` and returns the end.
  char* write(char* out, bool isBuy, int64_t price) {
    number_++;
    char number[24], priceText[32], stamp[24];
    const auto numberLength = static_cast<size_t>(writeInteger(number, number_) - number);
    char* end = writeInteger(priceText, price / 100000000);
    const int64_t cents = price / 1000000 % 100;
    *end++ = '.', *end++ = static_cast<char>('0' + cents / 10), *end++ = static_cast<char>('0' + cents % 10);
    const auto priceLength = static_cast<size_t>(end - priceText);
    const auto stampLength = static_cast<size_t>(writeInteger(stamp, epochMs()) - stamp);
    const char* side = isBuy ? "BUY" : "SELL";
    const size_t sideLength = isBuy ? 3 : 4;

    char payload[512];
    char* at = writeText(payload, number, numberLength);
    at = writeText(at, "&newOrderRespType=ACK&price=");
    at = writeText(at, priceText, priceLength);
    at = writeText(at, "&quantity=");
    at = writeText(at, quantity_.data(), quantity_.size());
    at = writeText(at, "&side=");
    at = writeText(at, side, sideLength);
    at = writeText(at, "&symbol=");
    at = writeText(at, symbol_.data(), symbol_.size());
    at = writeText(at, "&timeInForce=IOC&timestamp=");
    at = writeText(at, stamp, stampLength);
    at = writeText(at, "&type=LIMIT");
    char hex[64];
    hmac_.sign(payload, static_cast<size_t>(at - payload), hex);

    at = writeText(out, "{\"id\":");
    at = writeText(at, number, numberLength);
    at = writeText(at, ",\"method\":\"order.place\",\"params\":{\"symbol\":\"");
    at = writeText(at, symbol_.data(), symbol_.size());
    at = writeText(at, "\",\"side\":\"");
    at = writeText(at, side, sideLength);
    at = writeText(at, "\",\"type\":\"LIMIT\",\"timeInForce\":\"IOC\",\"price\":\"");
    at = writeText(at, priceText, priceLength);
    at = writeText(at, "\",\"quantity\":\"");
    at = writeText(at, quantity_.data(), quantity_.size());
    at = writeText(at, "\",\"newClientOrderId\":\"native-");
    at = writeText(at, number, numberLength);
    at = writeText(at, "\",\"newOrderRespType\":\"ACK\",\"timestamp\":");
    at = writeText(at, stamp, stampLength);
    at = writeText(at, ",\"apiKey\":\"");
    at = writeText(at, key_.data(), key_.size());
    at = writeText(at, "\",\"signature\":\"");
    at = writeText(at, hex, 64);
    return writeText(at, "\"}}");
  }

 private:
  wire::Hmac hmac_;
  std::string key_;
  std::string symbol_;
  std::string quantity_;
  int64_t number_ = 0;
};

void checkAnswer(const char* text, size_t length) {
  if (memmem(text, length, "\"status\":200", 12) == nullptr) fail("an order was refused");
}

}  // namespace

int main(int count, char** args) {
  if (count < 7) fail("REST_PORT STREAM_PORT API_KEY API_SECRET SYMBOL ORDER_LOTS [echo]");
  const std::string symbol = args[5];
  std::string lower = symbol;
  for (char& letter : lower) letter = static_cast<char>(std::tolower(letter));
  const int streamPort = std::atoi(args[2]);
  const bool isEcho = count > 7 && std::strcmp(args[7], "echo") == 0;

  OrderWriter writer(args[3], args[4], symbol, std::atoll(args[6]));
  WebSocket orders(streamPort, "/ws-api/v3");
  WebSocket feed(streamPort, "/stream?streams=" + lower + "@depth@100ms");
  char out[2048];

  if (isEcho) {
    const std::string price = "\"61837.64000000\"";
    const char* at = price.data();
    const auto length = static_cast<size_t>(writer.write(out + 16, true, readDecimal(at)) - (out + 16));
    for (;;) {
      feed.poll([&](const char*, size_t) {
        char frame[2048];
        std::memcpy(frame, out, 16 + length);
        orders.sendMasked(1, frame + 16, length);
      });
      orders.poll(checkAnswer);
    }
  }

  // What comes before the snapshot is asked for waits in the socket.
  Book book;
  book.takeSnapshot(httpBody(std::atoi(args[1]), "/api/v3/depth?symbol=" + symbol + "&limit=1000"));
  for (;;) {
    feed.poll([&](const char* text, size_t length) {
      if (!book.take(text, length) || book.bids.isEmpty() || book.asks.isEmpty()) return;
      const bool isBuy = book.bids.size() >= book.asks.size();
      char* end = writer.write(out + 16, isBuy, isBuy ? book.asks.price() : book.bids.price());
      orders.sendMasked(1, out + 16, static_cast<size_t>(end - (out + 16)));
    });
    orders.poll(checkAnswer);
  }
}
