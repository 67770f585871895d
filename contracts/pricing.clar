;; pricing
;;
;; What protection is worth: the expected payout of a put on BTC whose price moves at random, with a
;; volatility that the protocol chooses. It has no state and calls nothing.
;;
;; With s = volatility * sqrt(time) and d = ln(spot / strike) / s, the value beyond what a policy would
;; pay at once is sqrt(spot * strike) * s * (f(d) - d * (1 - F(d))), where f and F are the density and
;; the distribution of the standard normal. That is the value by Black and Scholes without interest to
;; within a few percent, and above it wherever the two differ by more than rounding.

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)

;; --- constants ---------------------------------------------------------------------------------

(define-constant scale u1000000)
(define-constant blocks-per-year u52560)

;; Numbers up to these can be multiplied without overflow: a trillion USD per BTC, two years, and a
;; thousand percent.
(define-constant highest-price u1000000000000000000)
(define-constant longest-duration u105120)
(define-constant highest-volatility u10000000)
;; Less than one percent would round to nothing over a block.
(define-constant lowest-volatility u10000)

;; f(d) - d * (1 - F(d)) times 10^9, for d from 0 to 6 in steps of a quarter. The function is convex, so
;; a line between two of its points lies above it.
(define-constant loss-scale u1000000000)
(define-constant loss-step u250000)
(define-constant loss-table (list
  u398942281 u286344699 u197796558 u131166918 u83315471 u50586869 u29306794 u16173795
  u8490703 u4234589 u2004138 u899214 u382155 u153717 u58481 u21031
  u7146 u2293 u695 u199 u54 u14 u4 u1
  u0))

;; --- private -----------------------------------------------------------------------------------

(define-private (difference (a uint) (b uint))
  (if (> a b) (- a b) (- b a)))

;; |ln(a / b)|, scaled, by the series of the inverse hyperbolic tangent. It is a little low where the
;; two are far apart, which makes protection a little dearer.
(define-private (log-ratio (a uint) (b uint))
  (let (
      (z (/ (* (difference a b) scale) (+ a b)))
      (z2 (/ (* z z) scale))
      (z3 (/ (* z z2) scale))
      (z5 (/ (* z3 z2) scale))
      (z7 (/ (* z5 z2) scale))
    )
    (* u2 (+ z (/ z3 u3) (/ z5 u5) (/ z7 u7)))))

(define-private (loss-at (index uint))
  (default-to u0 (element-at? loss-table index)))

;; --- read-only ---------------------------------------------------------------------------------

;; The standard deviation of the logarithm of the price after `duration` Bitcoin blocks, scaled.
(define-read-only (get-deviation (duration uint) (volatility uint))
  (/ (* volatility (sqrti (/ (* duration scale scale) blocks-per-year))) scale))

;; The expected shortfall of a standard normal below minus `distance` (scaled), times 10^9.
(define-read-only (get-loss (distance uint))
  (let (
      (index (/ distance loss-step))
      (upper (loss-at index))
      (lower (loss-at (+ index u1)))
    )
    (- upper (/ (* (- upper lower) (mod distance loss-step)) loss-step))))

;; The expected payout of protection of one BTC, in micro-USD: `spot` and `strike` in micro-USD,
;; `duration` in Bitcoin blocks, `volatility` per year and scaled. 400 a number out of range.
(define-read-only (get-fair-value (spot uint) (strike uint) (duration uint) (volatility uint))
  (begin
    (asserts!
      (and
        (> spot u0) (<= spot highest-price)
        (> strike u0) (<= strike highest-price)
        (> duration u0) (<= duration longest-duration)
        (>= volatility lowest-volatility) (<= volatility highest-volatility))
      (err err-invalid-input))
    (let (
        (deviation (get-deviation duration volatility))
        (distance (/ (* (log-ratio spot strike) scale) deviation))
        (time-value (/
          (* (/ (* (sqrti (* spot strike)) deviation) scale) (get-loss distance))
          loss-scale))
      )
      (ok (+ time-value (if (> strike spot) (- strike spot) u0))))))
