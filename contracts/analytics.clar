;; analytics
;;
;; Counts what the protocol does, per day and in total. It reads nothing and moves nothing; the
;; contracts that report to it carry on when it fails.

(impl-trait .protocol-traits.analytics-trait)

;; --- errors ------------------------------------------------------------------------------------

(define-constant err-invalid-input u400)
(define-constant err-unauthorized u403)

;; --- constants ---------------------------------------------------------------------------------

;; About a day.
(define-constant metric-period u144)
(define-constant max-uint u340282366920938463463374607431768211455)

;; --- maps --------------------------------------------------------------------------------------

(define-map protocol-metrics
  { metric-id: (string-ascii 50), period-start: uint }
  {
    value: uint,
    period-duration: uint,
    last-updated: uint
  }
)

(define-map metric-totals
  { metric-id: (string-ascii 50) }
  { total: uint, samples: uint }
)

;; --- private -----------------------------------------------------------------------------------

(define-private (ensure-not-paused (action-type (string-ascii 20)))
  (contract-call? .parameter-contract check-circuit-breaker (concat "action-" action-type)))

(define-private (is-protocol-caller)
  (contract-call? .upgrade-manager is-protocol-contract contract-caller))

;; An overflow would undo the action that is counted, and a token may have any number of units: the
;; sum stays at the largest number instead.
(define-private (saturating-add (a uint) (b uint))
  (if (> b (- max-uint a)) max-uint (+ a b)))

;; --- read-only ---------------------------------------------------------------------------------

(define-read-only (get-period-start (height uint))
  (- height (mod height metric-period)))

(define-read-only (get-metric (metric-id (string-ascii 50)) (period-start uint))
  (map-get? protocol-metrics { metric-id: metric-id, period-start: period-start }))

(define-read-only (get-metric-total (metric-id (string-ascii 50)))
  (default-to { total: u0, samples: u0 } (map-get? metric-totals { metric-id: metric-id })))

;; --- public ------------------------------------------------------------------------------------

(define-public (record-metric (metric-id (string-ascii 50)) (value uint))
  (begin
    (try! (ensure-not-paused "analytics"))
    (asserts! (is-protocol-caller) (err err-unauthorized))
    (asserts! (> (len metric-id) u0) (err err-invalid-input))
    (let (
        (period-start (get-period-start burn-block-height))
        (period-value (default-to u0 (get value (get-metric metric-id period-start))))
        (totals (get-metric-total metric-id))
      )
      (map-set protocol-metrics
        { metric-id: metric-id, period-start: period-start }
        {
          value: (saturating-add period-value value),
          period-duration: metric-period,
          last-updated: burn-block-height
        })
      (map-set metric-totals
        { metric-id: metric-id }
        {
          total: (saturating-add (get total totals) value),
          samples: (+ (get samples totals) u1)
        })
      (print { event: "metric-recorded", metric-id: metric-id, value: value })
      (ok true))))
