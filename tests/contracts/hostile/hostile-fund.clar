;; hostile-fund
;;
;; A fund that reports any size and any payment, and pays nothing.

(impl-trait .protocol-traits.insurance-fund-trait)

(define-public (cover-shortfall (policy-id uint) (amount uint))
  (begin
    (print { event: "pretended", policy-id: policy-id, amount: amount })
    (if (is-eq amount u0) (err u999) (ok true))))

(define-read-only (get-fund-size)
  (if (is-eq tx-sender contract-caller)
    (ok u1000000000000000)
    (ok u1000000000000000000)))
